import { Badge, Button, Code, Grid, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { type OtaContent, type OtaValues, orderOf, START_VALUES } from '../../parts/settings/ota-values.ts';
import { toast } from '../../parts/toast.ts';
import type { XmlFault } from '../../parts/xml/xml-props.ts';
import { texts } from '../../texts.ts';
import { DocumentPanel } from './document-panel.tsx';
import { Preview, usePreview } from './preview.tsx';
import { type OtaAnswer, packageQuery } from './queries.ts';
import { RecipientsPanel } from './recipients-panel.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { SuffixDialog } from './suffix-dialog.tsx';

const words = texts.ota;

interface Started {
  readonly id: string;
  readonly recipients: readonly OtaAnswer[];
}

/** What is sent, and to whom; what it looks like stands beside it. */
export function SendForm({ content }: { readonly content: OtaContent }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [told, setTold] = useState<Started>();
  const [goTo, setGoTo] = useState<XmlFault>();
  const goToOutcome = (id: string): void => void navigate({ to: '/ota/$id', params: { id } });
  const { form, submit, isSending, problem } = useApiForm<OtaValues>({
    initialValues: START_VALUES,
    send: async (values) => {
      const started = await dataOf(api.POST('/api/v1/ota', { body: orderOf(values, content) }));
      void queries.invalidateQueries({ queryKey: ['ota'] });
      toast(words.sent(started.recipients.filter(({ refused }) => refused === undefined).length));
      if (started.recipients.some(({ pinSuffix }) => pinSuffix !== undefined)) setTold(started);
      else goToOutcome(started.id);
    },
  });
  const values = form.getValues();
  const preview = usePreview(values, content);
  const go = (to: string | XmlFault): void => {
    if (typeof to === 'string') form.getInputNode(to)?.focus();
    else setGoTo({ ...to });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            {content.source === 'settings' && <SettingsPanel form={form} />}
            {content.source === 'document' && (
              <DocumentPanel
                value={values.document}
                onChange={(document) => form.setFieldValue('document', document)}
                faults={preview.documentFaults}
                goTo={goTo}
              />
            )}
            {content.source === 'package' && <PackagePanel id={content.packageId} />}
            {preview.variables.length > 0 && (
              <Panel title={words.variables} hint={words.variablesHint}>
                <Stack>
                  {preview.variables.map((name) => (
                    <TextInput
                      key={name}
                      label={words.variable(name)}
                      autoComplete="off"
                      value={values.variables[name] ?? ''}
                      onChange={({ currentTarget: { value } }) =>
                        form.setFieldValue('variables', { ...form.getValues().variables, [name]: value })
                      }
                    />
                  ))}
                </Stack>
              </Panel>
            )}
            <RecipientsPanel form={form}>
              <ProblemAlert problem={problem} />
              <RefusedList problem={problem} />
              <Group justify="flex-end">
                <Button type="submit" loading={isSending} leftSection={<Icon name="ota" size={16} />}>
                  {words.send}
                </Button>
              </Group>
            </RecipientsPanel>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <div className="beside">
            <Preview values={values} source={content.source} preview={preview} onGo={go} />
          </div>
        </Grid.Col>
      </Grid>
      <SuffixDialog recipients={told?.recipients} onDone={() => told !== undefined && goToOutcome(told.id)} />
    </form>
  );
}

/** Which package it is; its document stands in the preview. */
function PackagePanel({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery(packageQuery(id));
  return (
    <Panel
      title={words.package}
      hint={words.packageHint}
      aside={
        <Button
          size="compact-sm"
          variant="default"
          renderRoot={(props) => <Link to="/ota/document" search={{}} {...props} />}
        >
          {words.otherDocument}
        </Button>
      }
    >
      <ProblemAlert problem={error} onRetry={() => void refetch()} />
      {data === undefined ? (
        error === null && <Skeleton h={28} />
      ) : (
        <Group gap="xs">
          <Link to="/packages/$id" params={{ id }}>
            {data.name}
          </Link>
          <Badge variant="light" color="gray">
            {words.packageRevision(data.revision)}
          </Badge>
        </Group>
      )}
    </Panel>
  );
}

/** When nobody gets it, the refusal says of everybody why. */
function RefusedList({ problem }: { readonly problem: unknown }) {
  const document = (problem as { document?: { code: string; recipients?: readonly OtaAnswer[] } } | undefined)
    ?.document;
  if (document?.code !== 'ota-nobody' || document.recipients === undefined) return null;
  return (
    <Stack gap={4} component="ul" m={0} pl="md">
      {document.recipients.slice(0, 20).map(({ recipient, refused }) => (
        <li key={recipient}>
          <Text size="sm">
            <Code>{recipient}</Code> {refused}
          </Text>
        </li>
      ))}
    </Stack>
  );
}
