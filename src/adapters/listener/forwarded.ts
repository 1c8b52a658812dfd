import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * Makes `X-Forwarded-For` and `X-Forwarded-Proto` of a request say one true thing each: the client's address and
 * protocol, as far as trusted proxies vouch for them. What others have written there is gone afterwards, and so is
 * `X-Forwarded-Host`, so that whoever reads the headers may believe them.
 *
 * The chain of addresses is walked from the connection's own backwards, as long as the one that vouches is trusted.
 * Whether a client certificate was shown is never taken from a header.
 *
 * @param trustedProxies addresses and CIDR ranges, IPv4 or IPv6
 * @throws Error for one that is neither
 */
export function forwardedHeaders(trustedProxies: readonly string[]): (request: IncomingMessage) => void {
  const trusted = blockList(trustedProxies);
  const isTrusted = (address: string): boolean =>
    trustedProxies.length > 0 && trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return ({ headers, socket }) => {
    let address = plainAddress(socket.remoteAddress ?? '') ?? '';
    const claimed = listOf(headers['x-forwarded-for']);
    let hops = 0;
    while (address !== '' && isTrusted(address)) {
      const before = plainAddress(claimed.at(-1 - hops) ?? '');
      if (before === undefined) break;
      address = before;
      hops++;
    }
    const protocols = listOf(headers['x-forwarded-proto']);
    // One value for each hop, or a single one for all of them.
    const protocol = protocols[Math.max(0, protocols.length - hops)]?.toLowerCase();
    const isKnown = hops > 0 && (protocol === 'http' || protocol === 'https');
    headers['x-forwarded-for'] = address;
    headers['x-forwarded-proto'] = isKnown ? protocol : socket instanceof TLSSocket ? 'https' : 'http';
    delete headers['x-forwarded-host'];
  };
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

function listOf(header: string | string[] | undefined): readonly string[] {
  const text = Array.isArray(header) ? header.join() : (header ?? '');
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}

/** Without brackets, port, zone, and the IPv6 way of writing an IPv4 address. Undefined: no address. */
function plainAddress(text: string): string | undefined {
  const bare = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const address = bare.replace(/%.*$/, '').replace(/^::ffff:(?=[\d.]+$)/i, '');
  return isIP(address) === 0 ? undefined : address;
}
