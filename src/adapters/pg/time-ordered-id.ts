/** The smallest UUIDv7 of an instant (RFC 9562 section 5.7): rows whose ids sort by time are asked for by it. */
export function firstIdOf(at: Date): string {
  const ms = Math.max(0, at.getTime()).toString(16).padStart(12, '0').slice(-12);
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000000`;
}
