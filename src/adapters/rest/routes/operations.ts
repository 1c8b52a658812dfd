import { z } from 'zod';
import { AppError } from '../../../services/app-error.ts';
import { HttpProblem, PROBLEM_PATH, PROBLEMS, type ProblemCode } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';

/** How one thing this server leans on is doing. `off`: not set up, and not missed. */
export interface CheckOutcome {
  readonly state: 'up' | 'down' | 'off';
  /** For people; no secrets. */
  readonly detail?: string;
}

export interface ReadinessCheck {
  /** When it is down, the server is not ready. */
  readonly required: boolean;
  readonly check: () => Promise<CheckOutcome>;
}

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

export interface OperationsOptions {
  /** By name: `database`, `smpp`. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  readonly metricsText: () => Promise<MetricsText>;
}

const CHECK_TIMEOUT_MS = 3_000;

const aliveSchema = z.strictObject({ status: z.literal('alive') }).meta({ id: 'Alive' });

const readinessSchema = z
  .strictObject({
    status: z.enum(['ready', 'not-ready']),
    checks: z.record(
      z.string(),
      z.strictObject({
        state: z.enum(['up', 'down', 'off']),
        required: z.boolean().meta({ description: 'When it is down, the server is not ready.' }),
        detail: z.string().exactOptional(),
      }),
    ),
  })
  .meta({ id: 'Readiness' });

const problemKindSchema = z
  .strictObject({ code: z.string(), status: z.int(), title: z.string() })
  .meta({ id: 'ProblemKind' });

const READY: z.output<typeof readinessSchema> = {
  status: 'ready',
  checks: { database: { state: 'up', required: true }, smpp: { state: 'off', required: false } },
};

const NOT_READY: z.output<typeof readinessSchema> = {
  status: 'not-ready',
  checks: { database: { state: 'down', required: true, detail: 'no answer' } },
};

export function operationRoutes(options: OperationsOptions): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/healthz',
      operationId: 'health',
      tag: 'Operations',
      summary: 'Whether the process is alive',
      access: 'open',
      query: z.looseObject({}),
      responses: {
        200: {
          description: 'It is.',
          content: { mediaType: 'application/json', schema: aliveSchema, example: { status: 'alive' } },
        },
      },
      handle: async () => ({ status: 200, body: { status: 'alive' } }),
    }),
    defineRoute({
      method: 'get',
      path: '/readyz',
      operationId: 'readiness',
      tag: 'Operations',
      summary: 'Whether everything the server leans on is there',
      query: z.looseObject({}),
      responses: {
        200: {
          description: 'Ready.',
          content: { mediaType: 'application/json', schema: readinessSchema, example: READY },
        },
        503: {
          description: 'Not ready; `checks` says what is missing.',
          content: { mediaType: 'application/json', schema: readinessSchema, example: NOT_READY },
        },
      },
      handle: async () => {
        const readiness = await readinessOf(options.checks);
        return { status: readiness.status === 'ready' ? 200 : 503, body: readiness };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/metrics',
      operationId: 'metrics',
      tag: 'Operations',
      summary: 'Counters and durations for Prometheus',
      query: z.looseObject({}),
      responses: {
        200: {
          description: 'In the text exposition format.',
          content: { mediaType: 'text/plain', example: 'omadm_sessions_opened_total 42\n' },
        },
      },
      handle: async () => {
        const { contentType, text } = await options.metricsText();
        return { status: 200, body: text, contentType };
      },
    }),
    defineRoute({
      method: 'get',
      path: `${PROBLEM_PATH}/{code}`,
      operationId: 'describeProblem',
      tag: 'Operations',
      summary: 'What the `type` of a problem leads to',
      params: z.strictObject({
        code: z.string().meta({ description: 'The last part of the `type`.', examples: ['device-unknown'] }),
      }),
      responses: {
        200: {
          description: 'The kind of problem.',
          content: {
            mediaType: 'application/json',
            schema: problemKindSchema,
            example: { code: 'device-unknown', ...PROBLEMS['device-unknown'] },
          },
        },
      },
      problems: ['route-unknown'],
      handle: async ({ params: { code } }) => {
        if (!Object.hasOwn(PROBLEMS, code)) throw new HttpProblem('route-unknown', 'There is no problem of that code.');
        return { status: 200, body: { code, ...PROBLEMS[code as ProblemCode] } };
      },
    }),
  ];
}

async function readinessOf(
  checks: Readonly<Record<string, ReadinessCheck>>,
): Promise<z.output<typeof readinessSchema>> {
  const rows = await Promise.all(
    Object.entries(checks).map(async ([name, { required, check }]) => {
      const { state, detail } = await bounded(check);
      return [name, { state, required, ...(detail === undefined ? {} : { detail }) }] as const;
    }),
  );
  const ready = rows.every(([, { state, required }]) => !required || state === 'up' || state === 'off');
  return { status: ready ? 'ready' : 'not-ready', checks: Object.fromEntries(rows) };
}

async function bounded(check: () => Promise<CheckOutcome>): Promise<CheckOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckOutcome>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, { state: 'down', detail: 'no answer in time' });
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    // Only our own words go out: a driver's message may cite a connection string.
    return { state: 'down', detail: error instanceof AppError ? error.message : 'the check failed' };
  } finally {
    clearTimeout(timer);
  }
}
