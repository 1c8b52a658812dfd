import { Group, Stack, Text } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';

export interface Share {
  readonly label: string;
  readonly count: number;
  /** A CSS colour. */
  readonly colour: string;
  /** Where those stand that are counted. */
  readonly link?: Pick<LinkProps, 'to' | 'search'>;
}

const number = new Intl.NumberFormat('en');

/** Counts as parts of one bar, each with its number beside it. */
export function StateBar({ shares }: { readonly shares: readonly Share[] }) {
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  return (
    <Stack gap="md">
      <div className="bar" aria-hidden="true">
        {shares
          .filter(({ count }) => count > 0)
          .map(({ label, count, colour }) => (
            <div key={label} style={{ flexGrow: Math.max(count, total / 100), background: colour }} />
          ))}
      </div>
      <Group gap="lg" component="ul" m={0} p={0}>
        {shares.map(({ label, count, colour, link }) => (
          <Group key={label} gap={8} component="li" wrap="nowrap">
            <span className="swatch" style={{ background: colour }} aria-hidden="true" />
            <Text size="sm">
              <Text span fw={600}>
                {number.format(count)}
              </Text>{' '}
              {link === undefined || count === 0 ? (
                <Text span c="dimmed">
                  {label}
                </Text>
              ) : (
                <Link {...link}>{label}</Link>
              )}
            </Text>
          </Group>
        ))}
      </Group>
    </Stack>
  );
}
