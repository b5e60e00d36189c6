import { assertEquals } from "@std/assert";
import { isAllowedHost, isLoopback } from "../../../src/http/host_check.ts";

const machine = { hostname: "workshop", addresses: ["8.8.4.4", "2001:db8::7"] };

const ALLOWED = [
  "",
  "localhost",
  "LOCALHOST:11434",
  "workshop:80",
  "a.localhost",
  "nas.local:1",
  "host.docker.internal:11434",
  "127.0.0.1:11434",
  "127.8.8.8",
  "10.1.2.3",
  "172.31.0.1:9",
  "192.168.1.1",
  "0.0.0.0:11434",
  "8.8.4.4:11434",
  "[::1]:11434",
  "[::1]",
  "[fd00::1]:1",
  "[2001:db8::7]:1",
];

const REFUSED = [
  "example.com",
  "example.com:11434",
  "localhost.example.com",
  "notlocal",
  "127.0.0.1.example.com",
  "10.example.com",
  "8.8.8.8",
  "172.32.0.1",
  "[2001:db8::8]:1",
];

Deno.test("isAllowedHost() lets names of this machine and private addresses pass", () => {
  for (const host of ALLOWED) {
    assertEquals(isAllowedHost(host, machine), true, host);
  }
});

Deno.test("isAllowedHost() refuses names that could be anybody's", () => {
  for (const host of REFUSED) {
    assertEquals(isAllowedHost(host, machine), false, host);
  }
});

Deno.test("isLoopback() knows the addresses only this machine can reach", () => {
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "::1"]) {
    assertEquals(isLoopback(host), true, host);
  }
  for (const host of ["0.0.0.0", "::", "192.168.1.1", "127.example.com"]) {
    assertEquals(isLoopback(host), false, host);
  }
});
