import { Group, Select, type SelectProps, Text } from '@mantine/core';

/** More are not looked through: one types on. */
const SHOWN = 40;

let zones: readonly string[] | undefined;
const offsets = new Map<string, string>();

/** As the browser knows them, which is what the server's zones are called too. */
function zonesWith(current: string | null | undefined): string[] {
  zones ??= ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
  return current == null || zones.includes(current) ? [...zones] : [current, ...zones];
}

/** How far it is from UTC today, e.g. `GMT+1`. */
function offsetOf(zone: string): string {
  let offset = offsets.get(zone);
  if (offset === undefined) {
    const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts();
    offset = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    offsets.set(zone, offset);
  }
  return offset;
}

/** A zone of the IANA database; `berlin`, `new york` and `europe ber` find theirs. */
export function TimeZoneSelect(props: Omit<SelectProps, 'data'>) {
  const { value } = props;
  return (
    <Select
      searchable
      clearable
      limit={SHOWN}
      data={zonesWith(typeof value === 'string' ? value : null)}
      filter={({ options, search }) => {
        const words = plain(search).split(' ').filter(Boolean);
        return options.filter(
          (option) => 'value' in option && words.every((word) => plain(String(option.value)).includes(word)),
        );
      }}
      renderOption={({ option }) => (
        <Group justify="space-between" wrap="nowrap" className="grow">
          <span>{option.label}</span>
          <Text span size="xs" c="dimmed">
            {offsetOf(String(option.value))}
          </Text>
        </Group>
      )}
      {...props}
    />
  );
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[_/]/g, ' ');
}
