import { Button, Group, Stack, Text, ThemeIcon } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { api, dataOf } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';

const words = texts.overview.firstSteps;
const ONE = { params: { query: { limit: '1' } } } as const;

interface Step {
  readonly title: string;
  readonly hint: string;
  readonly isDone: boolean;
  readonly action: string;
  readonly to: LinkProps['to'];
}

/** What to do on a server where nothing has been delivered yet; nothing once something has. */
export function FirstSteps({ hasLink }: { readonly hasLink: boolean | undefined }) {
  const may = useMay('operator');
  const { data } = useQuery({
    queryKey: ['deliveries', 'first-steps'],
    enabled: may,
    // What was still to do a while ago must not come up again, not even for a moment.
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const { items } = await dataOf(api.GET('/api/v1/deliveries', { ...ONE, signal }));
      if (items.length > 0) return 'done';
      const [packages, devices] = await Promise.all([
        dataOf(api.GET('/api/v1/packages', { ...ONE, signal })),
        dataOf(api.GET('/api/v1/devices', { ...ONE, signal })),
      ]);
      return { hasPackage: packages.items.length > 0, hasDevice: devices.items.length > 0 };
    },
  });
  if (data === undefined || data === 'done' || hasLink === undefined) return null;
  const steps: readonly Step[] = [
    { ...words.link, isDone: hasLink, to: '/links' },
    { ...words.package, isDone: data.hasPackage, to: '/packages/new' },
    { ...words.device, isDone: data.hasDevice, to: '/devices' },
    { ...words.send, isDone: false, to: '/packages' },
  ];
  const next = steps.find(({ isDone }) => !isDone);
  return (
    <Panel title={words.title} hint={words.hint}>
      <Stack component="ol" gap="md" m={0} mt="sm" p={0}>
        {steps.map((step, place) => (
          <Group key={step.title} component="li" wrap="nowrap" gap="md">
            <ThemeIcon radius="xl" variant="light" color={step.isDone ? 'green' : step === next ? 'brand' : 'gray'}>
              {step.isDone ? <Icon name="check" size={16} /> : place + 1}
            </ThemeIcon>
            <div className="grow">
              <Text fw={600} size="sm">
                {step.title}
              </Text>
              <Text size="sm" c="dimmed">
                {step.isDone ? words.done : step.hint}
              </Text>
            </div>
            {!step.isDone && (
              <Button
                flex="none"
                size="compact-sm"
                variant={step === next ? 'filled' : 'default'}
                renderRoot={(props) => <Link to={step.to} {...props} />}
              >
                {step.action}
              </Button>
            )}
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
