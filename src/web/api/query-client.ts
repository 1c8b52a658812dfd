import { QueryClient } from '@tanstack/react-query';
import { connection } from './connection.ts';
import { ApiProblem } from './problem.ts';

/** What was read counts as fresh so long. */
const FRESH_MS = 5_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // The server may be on this machine, where being "offline" says nothing.
      networkMode: 'always',
      retry: (failures, error) => failures < 2 && !(error instanceof ApiProblem && error.status < 500),
    },
    mutations: { networkMode: 'always', retry: false },
  },
});

let wasLost = false;
connection.subscribe(() => {
  if (wasLost && !connection.isLost) void queryClient.invalidateQueries();
  wasLost = connection.isLost;
});
