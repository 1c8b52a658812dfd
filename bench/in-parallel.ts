/** Does something with each of a list, so many at a time; gives the results in the list's order. */
export async function inParallel<T, R>(
  list: readonly T[],
  lanes: number,
  act: (one: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < list.length; index = next++) results[index] = await act(list[index] as T, index);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
