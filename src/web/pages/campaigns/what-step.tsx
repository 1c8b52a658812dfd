import { NumberInput, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { XmlText } from '../../parts/xml/xml-text.tsx';
import { texts } from '../../texts.ts';
import { type CampaignValues, PROPERTIES, UI_MODES } from './campaign-values.ts';
import { Choice, Several } from './choice.tsx';
import { MoreOptions } from './more-options.tsx';
import { packagesQuery } from './queries.ts';
import { optionsOf, type StepProps } from './step-props.ts';
import { VariableFields } from './variable-fields.tsx';

const words = texts.campaigns.wizard;
const SettingsFields = lazy(() => import('./settings-fields.tsx'));
/** Known of every device. */
const BUILT_IN: readonly string[] = ['deviceId', 'imei', 'imsi', 'msisdn', 'serverId'];

/** What every device gets. */
export function WhatStep({ form, from }: StepProps) {
  const { kind, source } = form.getValues().content;
  return (
    <Stack>
      <TextInput label={words.name} required autoComplete="off" maw={640} {...form.getInputProps('name')} />
      <Choice form={form} path="content.kind" label={words.kind} labels={words.kinds} hints={words.kindHints} />
      {kind === 'package' && <PackageSelect form={form} kinds={['dm']} />}
      {kind === 'discovery' && (
        <TextInput
          label={words.root}
          description={words.rootHint}
          placeholder="."
          maw={640}
          spellCheck={false}
          {...form.getInputProps('content.root')}
        />
      )}
      {kind === 'push' && (
        <>
          <Choice form={form} path="content.source" label={words.source} labels={words.sources} />
          {source === 'package' && <PackageSelect form={form} kinds={['cp', 'push']} />}
          {source === 'settings' && (
            <Suspense fallback={null}>
              {from?.sealed.settings !== undefined && (
                <Text size="sm" c="dimmed">
                  {words.settingsKept(from.sealed.settings.length)}
                </Text>
              )}
              <TypedSettings form={form} isKept={from?.sealed.settings !== undefined} />
            </Suspense>
          )}
          {source === 'document' && <TypedDocument form={form} />}
          <SimpleGrid cols={{ base: 1, xs: 2 }} maw={640}>
            <Select
              label={words.security}
              data={optionsOf(words.securities)}
              allowDeselect={false}
              {...form.getInputProps('content.security')}
            />
            <Pin form={form} isKept={from?.sealed.pin === true} />
          </SimpleGrid>
        </>
      )}
      {kind !== 'discovery' && <VariableFields form={form} kept={from?.sealed.variables ?? []} />}
      <MoreWhat form={form} />
    </Stack>
  );
}

type FormOnly = Pick<StepProps, 'form'>;

function Pin({ form, isKept }: FormOnly & { readonly isKept: boolean }) {
  if (!form.getValues().content.security.startsWith('USER')) return null;
  return (
    <TextInput
      label={words.pin}
      inputMode="numeric"
      autoComplete="off"
      required={!isKept}
      {...(isKept && { placeholder: words.pinKept })}
      {...form.getInputProps('content.pin')}
    />
  );
}

function PackageSelect({ form, kinds }: FormOnly & { readonly kinds: readonly ('dm' | 'cp' | 'push')[] }) {
  const { data } = useQuery(packagesQuery(kinds));
  const { packageId } = form.getValues().content;
  const chosen = data?.find(({ id }) => id === packageId);
  useVariables(form, chosen?.variables);
  return (
    <Select
      label={words.package}
      description={data?.length === 0 ? words.noPackage : words.packageHint}
      required
      searchable
      maw={640}
      nothingFoundMessage={words.noSuchPackage}
      data={data?.map(({ id, name, revision }) => ({ value: id, label: `${name} · ${revision}` })) ?? []}
      {...form.getInputProps('content.packageId')}
      value={chosen === undefined ? null : packageId}
    />
  );
}

/** What a document needs is asked for as soon as it is known; what was said of names that stay, stays. */
function useVariables(form: StepProps['form'], names: readonly string[] | undefined): void {
  const needed = names?.filter((name) => !BUILT_IN.includes(name)).join(' ');
  const { setFieldValue } = form;
  useEffect(() => {
    if (needed === undefined) return;
    setFieldValue('variables', (rows: CampaignValues['variables']) =>
      needed
        .split(' ')
        .filter((name) => name !== '')
        .map((name) => rows.find((row) => row.name === name) ?? { name, from: 'value', value: '', attribute: '' }),
    );
  }, [needed, setFieldValue]);
}

function TypedSettings({ form, isKept }: FormOnly & { readonly isKept: boolean }) {
  const { settings } = form.getValues();
  // With settings that are kept so are the variables, which are named in them.
  const isTyped = Object.keys(settings).length > 1;
  useVariables(form, isKept && !isTyped ? undefined : variablesIn(JSON.stringify(settings)));
  return <SettingsFields form={form} />;
}

/** As the server reads them: `{{name}}`. */
function variablesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/(?<!\{\{)\{\{\s*([\w.-]{1,64})\s*\}\}/g)].map(([, name = '']) => name))].sort();
}

function TypedDocument({ form }: FormOnly) {
  useVariables(form, variablesIn(form.getValues().content.document));
  const { value, onChange, error } = form.getInputProps('content.document');
  return (
    <div data-path="content.document">
      <XmlText label={words.document} value={value} onChange={onChange} />
      <Text size="xs" c={error === undefined ? 'dimmed' : 'var(--mantine-color-error)'} mt={4}>
        {error ?? words.documentHint}
      </Text>
    </div>
  );
}

function MoreWhat({ form }: FormOnly) {
  const { content } = form.getValues();
  const { kind } = content;
  const fields = ['onFailure', 'uiMode', 'successAt', 'maxDepth', 'maxNodes', 'maxMessages', 'properties'];
  const isOpen =
    content.onFailure !== 'continue' ||
    content.uiMode !== 'background' ||
    content.successAt !== 'delivered' ||
    content.properties.length > 0 ||
    [content.maxDepth, content.maxNodes, content.maxMessages].some((one) => one !== '');
  return (
    <MoreOptions errors={form.errors} fields={fields.map((one) => `content.${one}`)} isOpen={isOpen}>
      <SimpleGrid cols={{ base: 1, xs: 2 }} maw={640}>
        {kind === 'package' && (
          <Select
            label={words.onFailure}
            data={optionsOf(words.onFailures)}
            allowDeselect={false}
            {...form.getInputProps('content.onFailure')}
          />
        )}
        {kind !== 'push' && (
          <Select
            label={words.uiMode}
            data={UI_MODES.map((value) => ({ value, label: words.uiModes[value] }))}
            allowDeselect={false}
            {...form.getInputProps('content.uiMode')}
          />
        )}
        {kind === 'push' && (
          <Select
            label={words.successAt}
            data={optionsOf(words.successAts)}
            allowDeselect={false}
            {...form.getInputProps('content.successAt')}
          />
        )}
      </SimpleGrid>
      {kind === 'discovery' && <TreeLimits form={form} />}
    </MoreOptions>
  );
}

function TreeLimits({ form }: FormOnly) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 3 }} maw={640}>
        <NumberInput label={words.maxDepth} min={1} {...form.getInputProps('content.maxDepth')} />
        <NumberInput label={words.maxNodes} min={1} {...form.getInputProps('content.maxNodes')} />
        <NumberInput label={words.maxMessages} min={1} {...form.getInputProps('content.maxMessages')} />
      </SimpleGrid>
      <Several
        form={form}
        path="content.properties"
        label={words.properties}
        hint={words.propertiesHint}
        labels={Object.fromEntries(PROPERTIES.map((one) => [one, one]))}
      />
    </>
  );
}
