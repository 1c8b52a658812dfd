import { pathToFileURL } from 'node:url';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openApiOfRoutes } from './openapi-of-routes.ts';

/** Besides the linter's strict set, whose warnings count as errors: every parameter says what it is. */
const RULES = { 'parameter-description': 'error' } as const;

/** Holds a document against OpenAPI 3.1 and the linter's rules. Gives one line for each fault. */
export async function lintOpenApi(document: unknown): Promise<readonly string[]> {
  const config = await createConfig({ extends: ['recommended-strict'], rules: RULES });
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: '/openapi.json', config });
  return problems.map(({ ruleId, message, location }) => {
    const at = location[0]?.pointer ?? '#/';
    return `${at}: ${message.replaceAll(/\s+/g, ' ')} (${ruleId})`;
  });
}

async function run(): Promise<void> {
  const faults = await lintOpenApi(await openApiOfRoutes());
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  process.stdout.write(faults.length === 0 ? 'The OpenAPI document is valid.\n' : `${faults.length} faults\n`);
  if (faults.length > 0) process.exitCode = 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await run();
