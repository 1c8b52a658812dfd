import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface TransportRequest {
  readonly url: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Besides those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TransportResponse {
  /** HTTP status. */
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** All of them, names in lower case. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Posts one message. Rejects when no whole response came: refused, cut, timed out. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

export interface HttpTransportOptions {
  /** For one request and its response. Default 30,000. */
  readonly timeoutMs?: number;
  /** PEM certificates to trust besides the system's, for https. */
  readonly ca?: string;
  /** Takes any certificate; for trying things out only. */
  readonly insecure?: boolean;
}

/** No answer of a DM server is larger than this; a body that is counts as none. */
const MAX_BODY_OCTETS = 16 * 1024 * 1024;

/** HTTP/1.1 with kept-alive connections. One transport serves any number of devices; idle connections hold no process. */
export function createHttpTransport(options: HttpTransportOptions = {}): Transport {
  const { timeoutMs = 30_000, ca, insecure = false } = options;
  const keepAlive = { keepAlive: true, keepAliveMsecs: 5_000, maxFreeSockets: 1_024, scheduling: 'lifo' } as const;
  const agent = new HttpAgent(keepAlive);
  const secureAgent = new HttpsAgent({ ...keepAlive, ...(ca !== undefined && { ca }), rejectUnauthorized: !insecure });
  return ({ url, contentType, body, headers: own }) =>
    new Promise((resolve, reject) => {
      const isSecure = url.startsWith('https:');
      const headers = { ...own, 'Content-Type': contentType, 'Content-Length': body.length, Accept: contentType };
      const settings = { method: 'POST', headers, agent: isSecure ? secureAgent : agent };
      const request = (isSecure ? httpsRequest : httpRequest)(url, settings, (response) => {
        readBody(response).then((octets) => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            body: octets,
            headers: response.headers,
          });
        }, fail);
      });
      const fail = (error: Error): void => {
        clearTimeout(timer);
        request.destroy();
        reject(error);
      };
      const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      request.on('error', fail);
      request.end(body);
    });
}

function readBody(response: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let octets = 0;
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      octets += chunk.length;
      if (octets > MAX_BODY_OCTETS) reject(new Error(`the answer is longer than ${MAX_BODY_OCTETS} octets`));
    });
    response.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    response.on('error', reject);
    response.on('close', () => {
      if (!response.complete) reject(new Error('the answer was cut off'));
    });
  });
}
