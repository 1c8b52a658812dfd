import { Package0Error, parsePackage0, verifyPackage0Digest } from '../../wire/wap/package0.ts';
import { NOTHING_WAITING, type ReassemblyState, reassemble } from '../../wire/wap/reassemble.ts';
import { WAP_PUSH_PORT } from '../../wire/wap/udh.ts';
import { WapError } from '../../wire/wap/wap-error.ts';
import { decodeWspPush, WSP_APPLICATION, WSP_HEADER, WSP_MEDIA } from '../../wire/wap/wsp-push.ts';
import { BootstrapRefusal, type BootstrapTrust, type ReceivedAccount, readBootstrap } from './bootstrap-reader.ts';
import type { NonceKeeper } from './nonce-keeper.ts';

/** What became of one short message. */
export type PushOutcome =
  /** A trigger that is what it claims; the session is opened. */
  | { readonly kind: 'trigger'; readonly sessionId: string; readonly uiMode: number }
  /** An account from a server that has proven to know the subscriber or the user. */
  | { readonly kind: 'bootstrap'; readonly account: ReceivedAccount }
  /** A part; the rest of the message is still to come. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'ignored'; readonly reason: string };

interface TriggerAccount {
  readonly id: string;
  readonly password: string;
}

/**
 * Reads short messages until one is a Package #0 (OMA-TS-DM_Notification) whose digest shows that our server sent it.
 * Everything else is ignored, as a phone does: an attacker learns nothing from it.
 */
export class PushReceiver {
  #server: TriggerAccount | undefined;
  #nonces: NonceKeeper;
  readonly #trust: BootstrapTrust | undefined;
  #parts: ReassemblyState = NOTHING_WAITING;

  /**
   * @param server whose triggers are followed; none: the device has no account yet
   * @param trust what a bootstrap has to be proven with; absent: it takes none
   */
  constructor(server: TriggerAccount | undefined, nonces: NonceKeeper, trust?: BootstrapTrust) {
    this.#server = server;
    this.#nonces = nonces;
    this.#trust = trust;
  }

  /** From now on triggers are of that account. */
  follow(server: TriggerAccount, nonces: NonceKeeper): void {
    this.#server = server;
    this.#nonces = nonces;
  }

  /** @param udh with its length octet */
  receive(udh: Uint8Array, body: Uint8Array, sender: string, nowMs: number): PushOutcome {
    try {
      const { state, message } = reassemble(this.#parts, { udh, body, sender }, nowMs);
      this.#parts = state;
      if (message === undefined) return { kind: 'waiting' };
      if (message.ports?.destination !== WAP_PUSH_PORT) return ignored('it is not for the WAP push port');
      return this.#read(message.payload);
    } catch (error) {
      if (error instanceof WapError || error instanceof Package0Error || error instanceof BootstrapRefusal) {
        return ignored(error.message);
      }
      throw error;
    }
  }

  #read(payload: Uint8Array): PushOutcome {
    const push = decodeWspPush(payload);
    const { contentType, headers, body } = push;
    const { media } = contentType;
    if (this.#trust !== undefined) {
      const account = readBootstrap(push, this.#trust);
      if (account !== undefined) return { kind: 'bootstrap', account };
    }
    if (media !== WSP_MEDIA.syncmlNotification && media !== 'application/vnd.syncml.notification') {
      return ignored(`a push of content type ${typeof media === 'number' ? `0x${media.toString(16)}` : media}`);
    }
    const application = headers.find(({ name }) => name === WSP_HEADER.applicationId)?.value;
    if (application !== undefined && application !== WSP_APPLICATION.syncmlDm) {
      return ignored('the push is for another application');
    }
    const { serverId, sessionId, uiMode } = parsePackage0(body);
    if (this.#server === undefined) return ignored('a trigger, and there is no account yet');
    if (serverId !== this.#server.id) return ignored(`the trigger is from ${JSON.stringify(serverId)}`);
    const serverPassword = this.#server.password;
    if (!this.#nonces.isUsed((nonce) => verifyPackage0Digest(body, { serverId, serverPassword, nonce }))) {
      return ignored('the digest of the trigger is wrong');
    }
    return { kind: 'trigger', sessionId: sessionId.toString(16).toUpperCase(), uiMode };
  }
}

function ignored(reason: string): PushOutcome {
  return { kind: 'ignored', reason };
}
