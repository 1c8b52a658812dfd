/** Whether a text is an IPv4 address in dotted decimals. */
export function isIPv4(text: string): boolean {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255);
}

/** Whether a text is an IPv6 address (RFC 4291, 2.2), without a zone. */
export function isIPv6(text: string): boolean {
  if (!/^[0-9A-Fa-f:.]{2,45}$/.test(text) || !text.includes(':')) return false;
  // The parser of URLs knows the grammar.
  return URL.canParse(`http://[${text}]/`);
}

export function isIP(text: string): boolean {
  return isIPv4(text) || isIPv6(text);
}
