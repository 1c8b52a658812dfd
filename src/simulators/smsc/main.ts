import { parseArgs } from 'node:util';
import { RECEIPT_LAYOUTS, type ReceiptLayout, type ReceiptStyle } from './receipt-style.ts';
import { type SmscOptions, startSmsc } from './smsc.ts';
import type { SmscFaults } from './smsc-faults.ts';

/** `npm run smsc`: the simulated SMSC on its own. */

const HELP = `A simulated SMSC: SMPP 3.4 over TCP, everything in memory.

  npm run smsc -- [options]

  --port <n>                  port to listen on (2775; 0 takes a free one)
  --host <address>            address to listen on (127.0.0.1)
  --system-id <text>          accept only this system id (anyone)
  --password <text>           accept only this password (any)
  --receipt-without-handset   report numbers without a handset as delivered, in place of keeping their messages
  --receipt-delay <ms>        time between the delivery and its receipt (0)
  --receipt-layout <name>     how receipts are written: ${Object.keys(RECEIPT_LAYOUTS).join(', ')}
  --receipt-early             send receipts before the answers to the submits
  --receipt-copies <n>        send every receipt so often (1)
  --receipt-text-only         without optional parameters; --receipt-tlv-only: without the text
  --receipt-via <command>     deliver_sm (or data_sm)
  --message-ids <form>        text, hex-then-decimal or decimal-then-hex: ids in answers, then in receipts
  --quiet                     print nothing but the address

Faults, for trying how a client copes:
  --delay <ms>                answer submits this much later
  --jitter <ms>               and a random part more
  --throttle-per-second <n>   "throttled" beyond so many submits a second
  --throttle-percent <n>      "throttled" to this share of submits
  --queue-full-percent <n>    "message queue full" to this share of submits
  --refuse-bind <status>      refuse binds with this command_status, e.g. 0x0d
  --refuse-submit <status>    refuse submits with this command_status
  --refuse-percent <n>        only this share of them (100)
  --drop-percent <n>          cut the connection at this share of submits
  --silent-percent <n>        never answer this share of submits
  --undelivered-percent <n>   report this share of messages as undeliverable
  --wrong-length-at <n>       answer the n-th submit with a PDU that says it has 100 million octets
  --drop-at <n>               cut each connection at its n-th submit
  --drop-mid-pdu-at <n>       cut it in the middle of the answer to the n-th submit
  --garbage-at <n>            answer the n-th submit with octets that are no SMPP
  --silent-submits            never answer submits
  --silent                    answer nothing after the bind
  --mute                      answer nothing, not even the bind

A handset attaches over SMPP itself: bind_receiver with its number as address_range. It gets every message for that
number, also those that came before it attached.
`;

class UsageError extends Error {}

async function main(): Promise<void> {
  const { values } = readArguments();
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const number = (name: keyof typeof values, max = 0xffffffff): number | undefined => {
    const value = values[name];
    if (value === undefined) return undefined;
    const parsed = /^(0x[0-9a-f]+|\d+)$/i.test(String(value)) ? Number(value) : Number.NaN;
    if (!(parsed <= max))
      throw new UsageError(`--${name} needs a whole number up to ${max}, not ${JSON.stringify(value)}`);
    return parsed;
  };
  const oneOf = <T extends string>(name: keyof typeof values, known: readonly T[]): T | undefined => {
    const value = values[name];
    if (value === undefined) return undefined;
    const found = known.find((one) => one === value);
    if (found === undefined)
      throw new UsageError(`--${name} needs one of ${known.join(', ')}, not ${JSON.stringify(value)}`);
    return found;
  };
  const wrongLengthAt = number('wrong-length-at');
  const undelivered = number('undelivered-percent', 100);
  const receipts: ReceiptStyle = defined({
    layout: oneOf('receipt-layout', Object.keys(RECEIPT_LAYOUTS) as ReceiptLayout[]),
    early: values['receipt-early'],
    copies: number('receipt-copies', 100),
    tlvs: values['receipt-text-only'] ? false : undefined,
    text: values['receipt-tlv-only'] ? false : undefined,
    via: oneOf('receipt-via', ['deliver_sm', 'data_sm']),
  });
  const faults: SmscFaults = defined({
    delayMs: number('delay'),
    jitterMs: number('jitter'),
    throttlePerSecond: number('throttle-per-second'),
    throttlePercent: number('throttle-percent', 100),
    bindStatus: number('refuse-bind'),
    submitStatus: number('refuse-submit'),
    submitStatusPercent: number('refuse-percent', 100),
    dropAtSubmit: number('drop-at'),
    dropMidPduAtSubmit: number('drop-mid-pdu-at'),
    garbageAtSubmit: number('garbage-at'),
    queueFullPercent: number('queue-full-percent', 100),
    dropPercent: number('drop-percent', 100),
    silentPercent: number('silent-percent', 100),
    wrongLengthAtSubmit: wrongLengthAt === undefined ? undefined : { submit: wrongLengthAt, length: 100_000_000 },
    silentSubmits: values['silent-submits'],
    silent: values.silent,
    mute: values.mute,
  });
  const options: SmscOptions = defined({
    port: number('port', 65_535) ?? 2775,
    host: values.host,
    systemId: values['system-id'],
    password: values.password,
    deliverWithoutHandset: values['receipt-without-handset'],
    receiptDelayMs: number('receipt-delay'),
    receipts,
    messageIds: oneOf('message-ids', ['text', 'hex-then-decimal', 'decimal-then-hex']),
    outcomeOf:
      undelivered === undefined ? undefined : () => (Math.random() * 100 < undelivered ? 'UNDELIV' : 'DELIVRD'),
    faults,
    log: values.quiet ? undefined : (line: string) => process.stdout.write(`${new Date().toISOString()} ${line}\n`),
  });
  const smsc = await startSmsc(options);
  const host = smsc.host.includes(':') ? `[${smsc.host}]` : smsc.host;
  process.stdout.write(`SMSC listens on smpp://${host}:${smsc.port} (Ctrl+C ends it)\n`);
  const stop = () => {
    void smsc.close();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        'system-id': { type: 'string' },
        password: { type: 'string' },
        'receipt-without-handset': { type: 'boolean' },
        'receipt-delay': { type: 'string' },
        'receipt-layout': { type: 'string' },
        'receipt-early': { type: 'boolean' },
        'receipt-copies': { type: 'string' },
        'receipt-text-only': { type: 'boolean' },
        'receipt-tlv-only': { type: 'boolean' },
        'receipt-via': { type: 'string' },
        'message-ids': { type: 'string' },
        'queue-full-percent': { type: 'string' },
        'drop-percent': { type: 'string' },
        'silent-percent': { type: 'string' },
        'undelivered-percent': { type: 'string' },
        'wrong-length-at': { type: 'string' },
        quiet: { type: 'boolean' },
        delay: { type: 'string' },
        jitter: { type: 'string' },
        'throttle-per-second': { type: 'string' },
        'throttle-percent': { type: 'string' },
        'refuse-bind': { type: 'string' },
        'refuse-submit': { type: 'string' },
        'refuse-percent': { type: 'string' },
        'drop-at': { type: 'string' },
        'drop-mid-pdu-at': { type: 'string' },
        'garbage-at': { type: 'string' },
        'silent-submits': { type: 'boolean' },
        silent: { type: 'boolean' },
        mute: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The same object without the fields that are undefined. */
function defined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

main().catch((error: unknown) => {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\nSee npm run smsc -- --help.\n`);
  else process.stderr.write(`The SMSC could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
