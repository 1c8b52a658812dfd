import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { named } from './openapi/api-document.ts';
import { ExampleRunner } from './openapi/example-runner.ts';
import { PREREQUISITES, UNREACHED } from './openapi/prerequisites.ts';
import { type ServerUnderTest, startServerUnderTest } from './server-under-test.ts';

const TABLE = 'test/e2e/openapi/prerequisites.ts';

let server: ServerUnderTest;
let runner: ExampleRunner;
beforeAll(async () => {
  server = await startServerUnderTest();
  runner = await ExampleRunner.open(server.url, server.databaseUrl, PREREQUISITES);
});
afterAll(async () => {
  await runner?.close();
  await server?.stop();
});

describe('the examples of the OpenAPI document', () => {
  it('are as their schemas say', () => {
    expect(runner.unfit).toEqual([]);
  });

  it('are taken by the server that gives them out, and answered as it says; every success is reached', {
    timeout: 300_000,
  }, async () => {
    const faults: string[] = [];
    const reached = new Set<string>();
    for (const run of runner.runs) {
      const { operationId } = run.place.operation;
      await runner.clear();
      try {
        const outcome = await runner.run(run);
        reached.add(`${operationId} ${outcome.status}`);
        faults.push(...outcome.faults.map((fault) => `${run.name}: ${fault}`));
      } catch (error) {
        faults.push(`${run.name}: ${String(error)}`);
      }
    }
    for (const place of runner.places) {
      const { operationId, responses } = place.operation;
      const successes = Object.entries(responses).filter(([status, { content }]) => {
        const isProblem = Object.keys(content ?? {}).every((type) => type === 'application/problem+json');
        return status.startsWith('2') || !(isProblem && content !== undefined);
      });
      for (const [status] of successes) {
        const key = `${operationId} ${status}`;
        if (reached.has(key) === key in UNREACHED) {
          faults.push(
            reached.has(key)
              ? `${named(place)}: ${status} is reached; take its row out of UNREACHED`
              : `${named(place)}: no example leads to the documented ${status}; add one, or a row to UNREACHED`,
          );
        }
      }
    }
    const help = `Examples that cannot be run as they stand. What has to exist first goes into ${TABLE}, by operationId.`;
    expect(faults, help).toEqual([]);
  });
});
