import { Autocomplete, type AutocompleteProps, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.ts';

/** However many there are, these are enough to go on typing. */
const SHOWN = '10';

/** A field for the id of a device, with those that begin like it: their numbers and models tell them apart. */
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
  const besides = new Map(
    data?.items.map(({ deviceId, msisdn, devInfo: { man, mod } }) => [
      deviceId,
      [msisdn, [man, mod].filter(Boolean).join(' ')].filter(Boolean).join(' · '),
    ]),
  );
  return (
    <Autocomplete
      autoComplete="off"
      renderOption={({ option: { value: deviceId } }) => (
        <div>
          <div>{deviceId}</div>
          <Text size="xs" c="dimmed">
            {besides.get(deviceId)}
          </Text>
        </div>
      )}
      data={data?.items.map(({ deviceId }) => deviceId) ?? []}
      filter={({ options }) => options}
      value={value}
      {...props}
    />
  );
}
