/**
 * What is wrong with a database, and what to do.
 *
 * @module
 */

/** By SQLSTATE or the net's own code (PostgreSQL's manual, appendix A). */
const ADVICE: Readonly<Record<string, string>> = {
  "28P01": "look at the user and the password in TALLY_LEDGER",
  "28000": "look at the user in TALLY_LEDGER and at pg_hba.conf",
  "3D000": "make the database, or name another in TALLY_LEDGER",
  "42501": "let the user make tables: GRANT CREATE ON DATABASE … TO …",
  "53300": "allow PostgreSQL more connections",
  ECONNREFUSED: "see that PostgreSQL runs and listens there",
  CONNECT_TIMEOUT: "see that PostgreSQL can be reached there",
  ENOTFOUND: "look at the host in TALLY_LEDGER",
  EAI_AGAIN: "look at the host in TALLY_LEDGER",
};

/** A line without secrets. */
export function problemOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // Several addresses of a host fail with several errors.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const { code, message } = first as Error & { code?: string };
  const advice = ADVICE[code ?? ""];
  return advice === undefined ? message : `${message}: ${advice}`;
}

/** A database's URL as it may be shown: no password, no parameters. */
export function publicUrl(url: string): string {
  const { protocol, username, host, pathname } = new URL(url);
  const user = username === "" ? "" : `${username}@`;
  return `${protocol}//${user}${host}${pathname}`;
}
