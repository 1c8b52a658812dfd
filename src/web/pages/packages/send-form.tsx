import { Button, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, dataOf } from '../../api/client.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { DeviceChoice } from '../../parts/device-choice.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { type DeliveryValues, orderOf, startValues } from './delivery-order.ts';
import type { Package } from './queries.ts';

const words = texts.packages.send;

/** Known of every device, so nobody has to say them; what a device's record lacks the server asks for. */
const BUILT_IN: readonly string[] = ['deviceId', 'imei', 'imsi', 'msisdn', 'serverId'];

export function isBuiltIn(variable: string): boolean {
  return BUILT_IN.includes(variable);
}

/** Orders the delivery of a package, and goes to it. */
export function SendForm({
  sent: { id, variables },
  deviceId,
}: {
  readonly sent: Package;
  /** To which, when that is said already. */
  readonly deviceId?: string | undefined;
}) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const asked = variables.filter((name) => !isBuiltIn(name));
  const { form, submit, isSending, problem } = useApiForm<DeliveryValues>({
    initialValues: startValues(asked, deviceId),
    fieldOf: { 'device-unknown': 'deviceId' },
    send: async (values) => {
      const delivery = await dataOf(api.POST('/api/v1/deliveries', { body: orderOf(id, values) }));
      toast(words.sent(values.deviceId));
      void queries.invalidateQueries({ queryKey: ['deliveries'] });
      await navigate({ to: '/deliveries/$id', params: { id: delivery.id } });
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ProblemAlert problem={problem} />
        <DeviceChoice
          label={words.device}
          description={words.deviceHint}
          required
          data-autofocus
          key={form.key('deviceId')}
          {...form.getInputProps('deviceId')}
        />
        {asked.map((name, place) => (
          <TextInput
            label={words.variable(name)}
            key={form.key(`variables.${place}.value`)}
            {...form.getInputProps(`variables.${place}.value`)}
          />
        ))}
        <Switch
          label={words.isAwaited}
          description={words.isAwaitedHint}
          key={form.key('isAwaited')}
          {...form.getInputProps('isAwaited', { type: 'checkbox' })}
        />
        <details>
          <summary>{words.more}</summary>
          <Stack mt="sm">
            <Switch label={words.stop} key={form.key('stop')} {...form.getInputProps('stop', { type: 'checkbox' })} />
            <Switch
              label={words.force}
              key={form.key('force')}
              {...form.getInputProps('force', { type: 'checkbox' })}
            />
            <Select
              label={words.uiMode}
              description={words.uiModeHint}
              data={Object.entries(words.uiModes).map(([value, label]) => ({ value, label }))}
              placeholder={words.uiModes.background}
              clearable
              clearButtonProps={{ 'aria-label': words.uiModeClear }}
              key={form.key('uiMode')}
              {...form.getInputProps('uiMode')}
              value={form.getValues().uiMode || null}
              onChange={(next) => form.setFieldValue('uiMode', (next ?? '') as DeliveryValues['uiMode'])}
            />
            <TextInput
              type="datetime-local"
              label={words.expiresAt}
              description={words.expiresAtHint}
              key={form.key('expiresAt')}
              {...form.getInputProps('expiresAt')}
            />
          </Stack>
        </details>
        <Button type="submit" loading={isSending}>
          {words.submit}
        </Button>
      </Stack>
    </form>
  );
}
