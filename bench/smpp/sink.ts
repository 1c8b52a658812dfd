/**
 * An SMSC that costs next to nothing, as a process of its own: it accepts everything, after a latency, puts off a share
 * as throttled, and sends a receipt for each message that wants one, so many at a time. `process.send` tells the counts.
 *
 * Started by bench/smpp.ts with its scenario as JSON in the first argument.
 */
import net from 'node:net';

export interface Scenario {
  readonly latencyMs: number;
  readonly throttledPercent: number;
}

export interface SinkCounts {
  readonly port: number;
  readonly accepted: number;
  readonly throttled: number;
  /** Receipts that were acknowledged. */
  readonly receipts: number;
  /** Milliseconds from the first submit to the last thing that counts. */
  readonly elapsedMs: number;
}

const BIND = [0x01, 0x02, 0x09];
const SUBMIT = 0x04;
const UNBIND = 0x06;
const ENQUIRE = 0x15;
const DELIVER = 0x05;
const RESPONSE = 0x80000000;
const THROTTLED = 0x58;
const RECEIPT_WINDOW = 100;

const { latencyMs, throttledPercent } = JSON.parse(process.argv[2] ?? '{}') as Scenario;
let accepted = 0;
let throttled = 0;
let receipts = 0;
let firstAt = 0;
let lastAt = 0;

function header(length: number, command: number, status: number, sequence: number): Buffer {
  const octets = Buffer.allocUnsafe(length);
  octets.writeUInt32BE(length, 0);
  octets.writeUInt32BE(command >>> 0, 4);
  octets.writeUInt32BE(status, 8);
  octets.writeUInt32BE(sequence, 12);
  return octets;
}

/** @param body Latin 1, its closing NUL included */
function pdu(command: number, status: number, sequence: number, body = ''): Buffer {
  const octets = header(16 + body.length, command, status, sequence);
  octets.write(body, 16, 'latin1');
  return octets;
}

function cstringEnd(frame: Buffer, at: number): number {
  return frame.indexOf(0, at);
}

/** registered_delivery of a submit_sm, and who sent it to whom. */
function read(frame: Buffer): { wantsReceipt: boolean; source: string; destination: string } {
  let at = cstringEnd(frame, 16) + 3;
  let end = cstringEnd(frame, at);
  const source = frame.toString('latin1', at, end);
  at = end + 3;
  end = cstringEnd(frame, at);
  const destination = frame.toString('latin1', at, end);
  at = cstringEnd(frame, end + 4) + 1; // esm_class, protocol_id, priority; schedule
  at = cstringEnd(frame, at) + 1; // validity
  return { wantsReceipt: ((frame[at] ?? 0) & 1) === 1, source, destination };
}

function receiptOf(messageId: string, source: string, destination: string, sequence: number): Buffer {
  const text = `id:${messageId} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:`;
  const body = `\0\x01\x01${destination}\0\x01\x01${source}\0\x04\0\0\0\0\0\0\0\0${String.fromCharCode(text.length)}${text}`;
  return pdu(DELIVER, 0, sequence, body);
}

const server = net.createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  let waiting: Buffer = Buffer.alloc(0);
  let sequence = 0;
  let open = 0;
  const queue: (readonly [messageId: string, source: string, destination: string])[] = [];
  let corked = false;
  const write = (octets: Buffer): void => {
    if (!corked) {
      corked = true;
      socket.cork();
      setImmediate(() => {
        corked = false;
        socket.uncork();
      });
    }
    socket.write(octets);
  };
  const sendReceipts = (): void => {
    while (open < RECEIPT_WINDOW) {
      const next = queue.shift();
      if (next === undefined) return;
      open += 1;
      write(receiptOf(next[0], next[1], next[2], ++sequence));
    }
  };
  const answer = (frame: Buffer): void => {
    const asked = frame.readUInt32BE(12);
    lastAt = performance.now();
    if (throttledPercent > 0 && Math.random() * 100 < throttledPercent) {
      throttled += 1;
      write(pdu(SUBMIT | RESPONSE, THROTTLED, asked));
      return;
    }
    const messageId = String(1_000_000_000 + accepted++);
    write(pdu(SUBMIT | RESPONSE, 0, asked, `${messageId}\0`));
    const { wantsReceipt, source, destination } = read(frame);
    if (!wantsReceipt) return;
    queue.push([messageId, source, destination]);
    sendReceipts();
  };
  let late: Buffer[] = [];
  const take = (frame: Buffer): void => {
    const command = frame.readUInt32BE(4);
    const asked = frame.readUInt32BE(12);
    if (command === SUBMIT) {
      if (firstAt === 0) firstAt = performance.now();
      if (latencyMs === 0) answer(frame);
      else {
        // Those of one turn of the loop wait together.
        if (late.length === 0) {
          setImmediate(() => {
            const batch = late;
            late = [];
            setTimeout(() => {
              for (const one of batch) answer(one);
            }, latencyMs);
          });
        }
        late.push(Buffer.from(frame));
      }
    } else if (command === (DELIVER | RESPONSE) >>> 0) {
      open -= 1;
      if (frame.readUInt32BE(8) === 0) {
        receipts += 1;
        lastAt = performance.now();
      }
      sendReceipts();
    } else if (BIND.includes(command)) write(pdu(command | RESPONSE, 0, asked, 'sink\0'));
    else if (command === ENQUIRE || command === UNBIND) write(pdu(command | RESPONSE, 0, asked));
  };
  socket.on('data', (chunk) => {
    let data = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    while (data.length >= 16 && data.length >= data.readUInt32BE(0)) {
      const length = data.readUInt32BE(0);
      take(data.subarray(0, length));
      data = data.subarray(length);
    }
    waiting = data;
  });
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as net.AddressInfo;
  const tell = () => {
    const counts: SinkCounts = { port, accepted, throttled, receipts, elapsedMs: firstAt === 0 ? 0 : lastAt - firstAt };
    process.send?.(counts);
  };
  tell();
  setInterval(tell, 100);
});
process.on('disconnect', () => process.exit(0));
