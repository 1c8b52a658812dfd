import { Autocomplete, type AutocompleteProps } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.ts';

/** However many there are, these are enough to go on typing. */
const SHOWN = '10';

/** A field for the id of a device, with those that begin like it. */
export function DeviceChoice({ value = '', ...props }: AutocompleteProps & { readonly value?: string }) {
  const [typed] = useDebouncedValue(value, 200);
  const { data } = useQuery({
    queryKey: ['devices', 'beginning', typed],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/devices', {
          params: { query: { limit: SHOWN, ...(typed !== '' && { deviceId: typed }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  return (
    <Autocomplete
      autoComplete="off"
      data={data?.items.map(({ deviceId }) => deviceId) ?? []}
      filter={({ options }) => options}
      value={value}
      {...props}
    />
  );
}
