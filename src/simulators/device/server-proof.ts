import { credType, provesBody, provesUser } from '../../syncml/credentials.ts';
import { parseHmacHeader } from '../../syncml/hmac-header.ts';
import type { Chal, Cred, Header } from '../../syncml/message.ts';
import { STATUS } from '../../syncml/status-codes.ts';
import type { Auth, DeviceSettings } from './device-options.ts';
import type { StatusDraft } from './draft.ts';
import type { NonceKeeper } from './nonce-keeper.ts';

/** One message of the server and what came with it. */
export interface ServerMessage {
  readonly header: Header;
  /** The octets as they came. */
  readonly body: Uint8Array;
  /** The x-syncml-hmac header. */
  readonly hmac: string | undefined;
}

export interface Verdict {
  /** The Status for the server's header, with our challenge where one is due. */
  readonly headerStatus: StatusDraft;
  /** The code to refuse commands with; absent when they may be carried out. */
  readonly refusal?: number;
}

type Proof = 'good' | 'missing' | 'bad';

const NONCE_OCTETS = 16;

/**
 * How the server proves itself in one session (OMA-TS-DM_Security, 5.3 and 5.4). Basic and MD5 once are enough: 212. A
 * MAC covers one message: every one is weighed, answered 200 and given the nonce for the next.
 */
export class ServerProof {
  readonly #settings: DeviceSettings;
  readonly #nonces: NonceKeeper;
  #proven = false;
  #fault = '';
  #nonceOffered = false;

  constructor(settings: DeviceSettings, nonces: NonceKeeper) {
    this.#settings = settings;
    this.#nonces = nonces;
  }

  /** With MACs: the last message was proven. */
  get isProven(): boolean {
    return this.#proven;
  }

  /** Why commands were refused last, in words. */
  get fault(): string {
    return this.#fault;
  }

  /** @param auth what the device proves itself with in this session */
  weigh(message: ServerMessage, auth: Auth): Verdict {
    const byMac = auth === 'hmac';
    // The message that is now answered may have carried the server's next nonce; only a MAC shows that it arrived.
    if (this.#nonceOffered && !byMac) this.#nonces.confirm();
    const proof = byMac ? this.#weighMac(message) : this.#proven ? 'good' : this.#weighCred(message.header.cred);
    const holds = this.#proven && !byMac;
    this.#nonceOffered = false;
    this.#proven = proof === 'good';
    const what = byMac ? 'MAC' : 'credentials';
    if (proof !== 'good') {
      const verb = what === 'MAC' ? 'is' : 'are';
      this.#fault = proof === 'missing' ? `it sent no ${what}` : `its ${what} ${verb} wrong`;
    }
    const code = codeFor(proof, byMac, this.#settings.mustAuthenticateServer);
    const isChallenged = byMac || (!holds && code !== STATUS.ok);
    const chal = isChallenged ? this.#challenge(auth, message.header.cred, proof === 'good') : undefined;
    const { msgId, target, source } = message.header;
    const headerStatus: StatusDraft = {
      name: 'Status',
      msgRef: msgId,
      cmdRef: '0',
      cmd: 'SyncHdr',
      targetRefs: [target.uri],
      sourceRefs: [source.uri],
      ...(chal !== undefined && { chal }),
      code,
      items: [],
    };
    return code === STATUS.ok || code === STATUS.authenticated ? { headerStatus } : { headerStatus, refusal: code };
  }

  #weighMac({ hmac, body }: ServerMessage): Proof {
    if (hmac === undefined) return 'missing';
    const { id, password } = this.#settings.server;
    const header = parseHmacHeader(hmac);
    if (header === undefined || header.username !== id) return 'bad';
    const proves = (nonce: Uint8Array): boolean => provesBody(header.mac, id, password, nonce, body);
    // A server that has answered our challenge knows the nonce that was in it, and uses that.
    const isGood = this.#nonceOffered ? this.#nonces.isOfferedUsed(proves) : this.#nonces.isUsed(proves);
    return isGood ? 'good' : 'bad';
  }

  #weighCred(cred: Cred | undefined): Proof {
    if (cred === undefined) return 'missing';
    const { server } = this.#settings;
    if (this.#expected === 'md5' && credType(cred) !== 'syncml:auth-md5') return 'bad';
    return this.#nonces.isUsed((nonce) => provesUser(cred, server.id, server.password, nonce)) ? 'good' : 'bad';
  }

  /** What the account has for the server. */
  get #expected(): Auth {
    return this.#settings.server.auth ?? this.#settings.auth;
  }

  /** The server's next nonce; nothing beside a Basic credential that was good. */
  #challenge(auth: Auth, cred: Cred | undefined, isGood: boolean): Chal | undefined {
    const accountIsBasic = auth !== 'hmac' && this.#expected === 'basic';
    if (accountIsBasic && (cred === undefined || credType(cred) !== 'syncml:auth-md5')) {
      return isGood ? undefined : { type: 'syncml:auth-basic', format: 'b64' };
    }
    const next = this.#settings.randomOctets(NONCE_OCTETS);
    this.#nonces.offer(next);
    this.#nonceOffered = true;
    const type = auth === 'hmac' ? 'syncml:auth-MAC' : 'syncml:auth-md5';
    return { type, format: 'b64', nextNonce: Buffer.from(next).toString('base64') };
  }
}

function codeFor(proof: Proof, byMac: boolean, isRequired: boolean): number {
  if (proof === 'good') return byMac ? STATUS.ok : STATUS.authenticated;
  if (!isRequired) return STATUS.ok;
  return proof === 'missing' ? STATUS.missingCredentials : STATUS.invalidCredentials;
}
