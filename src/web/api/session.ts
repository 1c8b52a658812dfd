import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, dataOf, setCsrfToken, whenSessionEnds } from './client.ts';
import { isProblem } from './problem.ts';
import { queryClient } from './query-client.ts';
import type { components } from './schema.d.ts';

export type Me = components['schemas']['Me'];
export type Role = components['schemas']['Role'];

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Who is signed in; null when nobody is. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async (): Promise<Me | null> => {
    try {
      const me = await dataOf(api.GET('/api/v1/me'));
      setCsrfToken(me.csrfToken);
      last = me;
      return me;
    } catch (error) {
      if (isProblem(error, 'unauthorized')) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

/** Who was here last: what is on the page is theirs, also while they have to sign in again. */
let last: Me | undefined;

/** @throws ApiProblem `sign-in-refused`, `attempts-limited` */
export async function signIn(name: string, password: string): Promise<void> {
  const me = await dataOf(api.POST('/api/v1/sign-in', { body: { name, password } }));
  setCsrfToken(me.csrfToken);
  if (last !== undefined && last.id !== me.id) {
    // Somebody else may see something else.
    window.location.reload();
    return;
  }
  last = me;
  queryClient.setQueryData(meQuery.queryKey, me);
  void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
}

export async function signOut(): Promise<void> {
  await api.POST('/api/v1/sign-out');
  // Nothing of what was read stays in memory.
  window.location.assign('/');
}

// The session has ended under way: the sign-in comes up, and what was typed stays.
whenSessionEnds(() => queryClient.setQueryData(meQuery.queryKey, null));

/** Who is signed in. Only below the sign-in, where somebody always is. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  return data ?? last ?? NOBODY;
}

const NOBODY: Me = { id: '', kind: 'user', name: '', role: 'viewer' };

/** Whether who is signed in may do what needs that role. The server decides; this only keeps buttons away. */
export function useMay(needed: Role): boolean {
  return ROLES.indexOf(useMe().role) >= ROLES.indexOf(needed);
}
