import { ALERT, ALERT_MARKS, ALERTS, DEFAULT_ALERT_MARK } from '../syncml/alert-codes.ts';
import type { AlertCommand, Data, Item } from '../syncml/message.ts';
import { isSecretNode } from '../syncml/secret-nodes.ts';
import { STATUS } from '../syncml/status-codes.ts';
import { versionOf } from '../syncml/version.ts';
import type { Element } from '../wire/element.ts';
import { encodeXml } from '../wire/xml/encode-xml.ts';
import { XmlError } from '../wire/xml/xml-error.ts';
import type { AlertReport } from './effect.ts';
import type { Answers } from './in-flight.ts';
import type { Turn } from './turn.ts';

/** Items kept of one message; more than any device has to say at once. */
const MAX_ITEMS = 256;
/** Characters. */
const MAX_TYPE = 255;
const MAX_MARK = 64;
const MAX_CORRELATOR = 255;
const MAX_LOC_URI = 2_000;

/** Formats an alert's data may have (OMA-SyncML-MetaInfo): all that a leaf may have. */
const FORMATS: ReadonlySet<string> = new Set([
  'chr',
  'int',
  'bool',
  'bin',
  'b64',
  'xml',
  'null',
  'date',
  'time',
  'float',
]);
const MARKS: ReadonlySet<string> = new Set(ALERT_MARKS);
const FROM_DEVICES: ReadonlySet<number> = new Set(
  ALERTS.filter((row) => row.from !== 'server').map(({ code }) => code),
);

/** What an Item of an alert came to: it is kept, or answered with a code and noted with the reason. */
type Weighed = { readonly report: AlertReport } | { readonly code: number; readonly why: string };

/**
 * The alerts of one message. Those about the session (1200, 1201, 1222, 1223) only get their Status here; client events
 * (1224) and generic alerts (1226) are kept, each Item for itself; each gets one Status, or one an Item when the Items
 * came to different ends.
 *
 * | alert | Status |
 * |---|---|
 * | one a device may send, taken | 200 |
 * | no number for a code | 400 |
 * | a code that only servers send, or nobody | 406 |
 * | 1226 in DM/1.1, which has no such alert | 406 |
 * | 1224, 1226 without an Item; 1226 without a Type; a piece of an object | 412 |
 * | a Format that is none, a Type that is none, data that is not of its Format | 415 |
 * | more or larger than is taken | 413 of 1224, 500 of 1226 (OMA-TS-DM_Protocol, 8.7 allows 1226 no 413) |
 */
export class DeviceAlerts {
  readonly #turn: Turn;
  readonly #answers: Answers;
  #kept = 0;

  constructor(turn: Turn, answers: Answers) {
    this.#turn = turn;
    this.#answers = answers;
  }

  hear(alert: AlertCommand): void {
    const { code, items } = alert;
    switch (code) {
      case ALERT.clientEvent:
      case ALERT.generic:
        this.#report(alert);
        return;
      case ALERT.noEndOfData:
        this.#endMissing(alert);
        return;
      default:
        if (Number.isNaN(code)) this.#turn.note('an Alert without a code is refused');
        else if (!FROM_DEVICES.has(code)) {
          this.#turn.note(`Alert ${code} with ${items.length} Items is none that a device sends`);
        }
        this.#turn.status(alert, standingOf(code));
    }
  }

  #endMissing(alert: AlertCommand): void {
    const named = alert.items
      .flatMap(({ source, target }) => [source?.uri, target?.uri])
      .filter((one) => one !== undefined);
    const meant = named.length === 0 ? [undefined] : named;
    const found = meant.filter((locUri) => this.#answers.endMissing(locUri));
    if (found.length === 0) {
      this.#turn.note(
        `the device misses the end of ${named.join(', ') || 'an object it does not name'}: none is on its way`,
      );
    }
    this.#turn.status(alert, STATUS.ok);
  }

  #report(alert: AlertCommand): void {
    const { code, correlator = '', items } = alert;
    if (code === ALERT.generic && versionOf(this.#turn.input.message.header) === '1.1') {
      this.#turn.note('a generic alert (1226) in DM/1.1, which has none, is refused');
      this.#turn.status(alert, STATUS.optionalFeatureNotSupported);
      return;
    }
    if (items.length === 0 || correlator.length > MAX_CORRELATOR) {
      this.#turn.note(`Alert ${code} ${items.length === 0 ? 'has no Item' : 'has a Correlator that is too long'}`);
      this.#turn.status(alert, STATUS.incompleteCommand);
      return;
    }
    const reasons: string[] = [];
    const codes = items.map((item) => {
      const weighed = this.#weigh(code, correlator, item);
      if ('report' in weighed) {
        this.#kept += 1;
        this.#turn.do({ kind: 'reportAlert', alert: weighed.report });
        return STATUS.ok;
      }
      reasons.push(weighed.why);
      return weighed.code;
    });
    if (reasons.length > 0) {
      const [first] = reasons;
      this.#turn.note(
        `${reasons.length} of ${items.length} Items of Alert ${code} are refused, the first because ${first}`,
      );
    }
    this.#turn.itemStatuses(alert, codes);
  }

  #weigh(code: number, correlator: string, item: Item): Weighed {
    const { source, target, meta, data } = item;
    const isGeneric = code === ALERT.generic;
    const tooMuch = (why: string): Weighed => ({ code: isGeneric ? STATUS.commandFailed : STATUS.tooLarge, why });
    if (this.#kept >= MAX_ITEMS) return tooMuch(`${MAX_ITEMS} Items of one message are kept`);
    if (item.moreData === true) return { code: STATUS.incompleteCommand, why: 'alerts in pieces are not taken' };
    const type = meta?.type ?? '';
    if (type === '' && isGeneric) return { code: STATUS.incompleteCommand, why: 'it has no Type' };
    if (type.length > MAX_TYPE || /[\p{Cc}\p{Cs}]/u.test(type)) {
      return { code: STATUS.unsupportedFormat, why: 'its Type is none' };
    }
    if (Math.max(source?.uri.length ?? 0, target?.uri.length ?? 0) > MAX_LOC_URI)
      return tooMuch('its LocURI is too long');
    const content = contentOf(data, meta?.format);
    if (content === undefined)
      return { code: STATUS.unsupportedFormat, why: 'its data is of no Format, or not of the one it names' };
    if (content.data !== undefined && Buffer.byteLength(content.data) > this.#turn.input.limits.maxObjSize) {
      return tooMuch('its data is too large');
    }
    const isSecret = [source, target].some((location) => location !== undefined && isSecretNode(location.uri));
    const mark = markOf(meta?.mark) ?? (isGeneric ? DEFAULT_ALERT_MARK : undefined);
    return {
      report: {
        code,
        type: type === '' ? 'text/plain' : type,
        format: content.format,
        ...(mark !== undefined && { mark }),
        ...(correlator !== '' && { correlator }),
        ...(source !== undefined && { source: source.uri }),
        ...(target !== undefined && { target: target.uri }),
        ...(content.data !== undefined && !isSecret && { data: content.data }),
      },
    };
  }
}

function standingOf(code: number): number {
  if (Number.isNaN(code)) return STATUS.badRequest;
  return FROM_DEVICES.has(code) ? STATUS.ok : STATUS.optionalFeatureNotSupported;
}

/** As said; the specification's own in lower case. A device's own word is kept too: a program may know it. */
function markOf(mark: string | undefined): string | undefined {
  if (mark === undefined || mark === '' || mark.length > MAX_MARK) return undefined;
  const lower = mark.toLowerCase();
  return MARKS.has(lower) ? lower : mark;
}

/** Data as it is kept, see {@link AlertReport}. Undefined: it is of no Format, or not of the one that was named. */
function contentOf(
  data: Data | undefined,
  named: string | undefined,
): { readonly format: string; readonly data?: string } | undefined {
  const format = named === undefined || named === '' ? 'chr' : named;
  if (!FORMATS.has(format)) return undefined;
  const isBinary = format === 'b64' || format === 'bin';
  if (data === undefined || format === 'null') return { format };
  if (data instanceof Uint8Array) {
    return { format: isBinary ? format : 'bin', data: Buffer.from(data).toString('base64') };
  }
  if (typeof data !== 'string') {
    const text = isBinary ? undefined : textOf(data.elements);
    return text === undefined ? undefined : { format: 'xml', data: text };
  }
  if (!isBinary) return { format, data };
  const base64 = data.replace(/[\t\n\r ]+/g, '');
  return base64.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(base64) ? { format, data: base64 } : undefined;
}

/** Undefined for what XML cannot say; WBXML can. */
function textOf(elements: readonly Element[]): string | undefined {
  try {
    return elements.map((one) => encodeXml(one, { declaration: false })).join('');
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}
