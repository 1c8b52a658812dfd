import { buildCred, credType, hmacCredData } from '../../syncml/credentials.ts';
import { buildHmacHeader, HMAC_HEADER } from '../../syncml/hmac-header.ts';
import type { Chal, Header, StatusCommand } from '../../syncml/message.ts';
import { STATUS } from '../../syncml/status-codes.ts';
import type { Auth, DeviceSettings } from './device-options.ts';
import { SessionEnded } from './session-outcome.ts';

/** Wrong credentials are tried this often, on either side. */
export const MAX_REFUSALS = 3;

/** Weakest first; a challenge may lead upwards only. */
const STRENGTH: Readonly<Record<Auth, number>> = { basic: 0, md5: 1, hmac: 2 };
const AUTH_OF = { 'syncml:auth-basic': 'basic', 'syncml:auth-md5': 'md5', 'syncml:auth-MAC': 'hmac' } as const;
const AUTH_NAMES: Readonly<Record<Auth, string>> = { basic: 'Basic', md5: 'MD5', hmac: 'HMAC' };

/** Where the nonce for the next session is kept. */
export interface ClientNonceStore {
  clientNonce: Uint8Array;
}

/**
 * How the device proves itself in one session (OMA-TS-DM_Security, 5.3 and 5.4): a Cred in the header, or a MAC over
 * every message in the transport header. Credentials go out when they are due, then in every message (the server
 * answered 200, or it is a MAC) or not again (212).
 */
export class ClientProof {
  readonly #settings: DeviceSettings;
  readonly #store: ClientNonceStore;
  #auth: Auth;
  /** The newest one received; with MACs it counts beyond this session only once the server has proven itself. */
  #nonce: Uint8Array;
  #standing: 'unproven' | 'everyMessage' | 'proven' = 'unproven';
  #due: boolean;
  /** The last message carried credentials. */
  #sent = false;
  #refusals = 0;

  constructor(settings: DeviceSettings, store: ClientNonceStore) {
    this.#settings = settings;
    this.#store = store;
    this.#auth = settings.auth;
    this.#nonce = store.clientNonce;
    this.#due = settings.credentialsFirst;
  }

  /** What the account asks for, or the stronger kind that a challenge has led to. */
  get auth(): Auth {
    return this.#auth;
  }

  get isAccepted(): boolean {
    return this.#standing !== 'unproven';
  }

  /** What the next message's header says of us. */
  next(): Pick<Header, 'source' | 'cred'> {
    const { deviceId, client } = this.#settings;
    this.#sent = this.#due || this.#standing === 'everyMessage';
    if (!this.#sent) return { source: { uri: deviceId } };
    // The user name goes beside a digest, which does not show it (OMA-TS-DM_Security, MD5 authentication).
    const source = this.#auth === 'basic' ? { uri: deviceId } : { uri: deviceId, name: client.username };
    if (this.#auth === 'hmac') return { source };
    const type = this.#auth === 'md5' ? 'syncml:auth-md5' : 'syncml:auth-basic';
    return { source, cred: buildCred(type, client.username, client.password, this.#nonce) };
  }

  /** The transport headers of the message that {@link next} was for; undefined when there are none. */
  headersFor(body: Uint8Array): Readonly<Record<string, string>> | undefined {
    if (this.#auth !== 'hmac' || !this.#sent) return undefined;
    const { username, password } = this.#settings.client;
    const mac = hmacCredData(username, password, this.#nonce, body);
    return { [HMAC_HEADER]: buildHmacHeader({ username, mac }) };
  }

  /**
   * Takes the server's Status for our header.
   * @param isBelieved false when that message had to prove itself and did not: its challenge is followed, or two stale
   *   nonces would lock both sides out; nothing else of it counts (OMA-TS-DM_Security, 5.3.4)
   * @returns whether the server wants (other) credentials and package 1 anew
   * @throws SessionEnded when the server refuses us, or asks for what we do not do
   */
  hear({ code, chal }: StatusCommand, isBelieved: boolean): boolean {
    if (chal?.nextNonce !== undefined) this.#takeNonce(Buffer.from(chal.nextNonce, 'base64'), isBelieved);
    if (code === STATUS.missingCredentials || code === STATUS.invalidCredentials) {
      this.#takeChallenge(code, chal);
      return true;
    }
    if (!(code >= 200 && code < 300))
      throw new SessionEnded('refused', `the server answered ${code} to our header`, code);
    if (!isBelieved) return false;
    // A MAC covers one message: whatever the code, the next one has its own.
    const holds = code === STATUS.authenticated && !(this.#sent && this.#auth === 'hmac');
    if (holds) this.#standing = 'proven';
    else if (this.#standing === 'unproven' && this.#sent) this.#standing = 'everyMessage';
    this.#due = false;
    return false;
  }

  #takeNonce(nonce: Uint8Array, isBelieved: boolean): void {
    this.#nonce = nonce;
    if (isBelieved) this.#store.clientNonce = nonce;
  }

  /** Real engines give up on a 407 for credentials, or on a challenge that is none. */
  #takeChallenge(code: number, chal: Chal | undefined): void {
    const end = (reason: string): SessionEnded => new SessionEnded('client-not-authenticated', reason, code);
    if (chal === undefined) throw end(`${code} without a challenge`);
    if (this.#sent) {
      if (code === STATUS.missingCredentials) throw end('407 although credentials were sent');
      if (++this.#refusals >= MAX_REFUSALS) throw end(`our credentials were refused ${MAX_REFUSALS} times`);
    }
    const type = credType({ type: chal.type, data: '' });
    if (type === undefined) throw end(`the server asks for ${chal.type}`);
    const asked = AUTH_OF[type];
    const { auth } = this.#settings;
    if (STRENGTH[asked] < STRENGTH[auth]) {
      throw end(`the server asks for ${AUTH_NAMES[asked]}, this account is for ${AUTH_NAMES[auth]}`);
    }
    this.#auth = asked;
    this.#standing = 'unproven';
    this.#due = true;
  }
}
