import { Button, Group, Stack, Stepper, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { ApiProblem } from '../../api/problem.ts';
import { useMay } from '../../api/session.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { type CampaignValues, newCampaignOf, START_VALUES } from './campaign-values.ts';
import { PaceStep, WavesStep, WhatStep, WhomStep } from './wizard-steps.tsx';

const words = texts.campaigns.wizard;
const STEPS = ['what', 'whom', 'waves', 'pace'] as const;

/** In which step a field stands, by the first member of its name. */
const STEP_OF: Readonly<Record<string, number>> = {
  name: 0,
  content: 0,
  target: 1,
  membership: 1,
  waves: 2,
  thresholds: 2,
};

/** The wizard: four steps to a draft, which is reviewed and started on its own page. */
export function Page() {
  const may = useMay('operator');
  return (
    <Frame
      title={words.title}
      actions={
        <Button variant="default" renderRoot={(props) => <Link to="/campaigns" {...props} />}>
          {texts.campaigns.all}
        </Button>
      }
    >
      {may ? <Wizard /> : <EmptyState icon="campaign" title={texts.campaigns.onlyOperators} />}
    </Frame>
  );
}

function Wizard() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [step, setStep] = useState(0);
  const { form, submit, isSending, problem } = useApiForm<CampaignValues>({
    initialValues: START_VALUES,
    fieldOf: { 'filter-invalid': 'target.filter', 'package-unknown': 'content.packageId' },
    send: async (values) => {
      const { id } = await dataOf(api.POST('/api/v1/campaigns', { body: newCampaignOf(values) }));
      void queries.invalidateQueries({ queryKey: ['campaigns'] });
      await navigate({ to: '/campaigns/$id', params: { id } });
    },
  });
  const pointer = problem instanceof ApiProblem ? problem.document.errors?.[0]?.pointer : undefined;
  const faulty = Object.keys(form.errors)[0]?.split('.')[0] ?? pointer?.split('/')[1];
  useEffect(() => {
    if (faulty !== undefined) setStep(STEP_OF[faulty] ?? 3);
  }, [faulty]);
  const isLast = step === STEPS.length - 1;
  const panels = [WhatStep, WhomStep, WavesStep, PaceStep];
  return (
    <form
      noValidate
      onSubmit={(event) => {
        if (isLast) submit(event);
        else {
          event.preventDefault();
          setStep(step + 1);
        }
      }}
    >
      <Stack>
        <Stepper active={step} onStepClick={setStep} size="sm" wrap>
          {STEPS.map((name) => (
            <Stepper.Step key={name} label={words.steps[name]} />
          ))}
        </Stepper>
        <Panel>
          <ProblemAlert problem={problem} />
          {/* All steps stay, so that a fault of any finds its field. */}
          {panels.map((Step, place) => (
            <div key={STEPS[place]} hidden={place !== step}>
              <Step form={form} />
            </div>
          ))}
        </Panel>
        <Group justify="space-between">
          <Button variant="default" disabled={step === 0} onClick={() => setStep(step - 1)}>
            {words.back}
          </Button>
          <Group>
            {isLast && (
              <Text size="sm" c="dimmed">
                {words.saveHint}
              </Text>
            )}
            <Button type="submit" loading={isSending}>
              {isLast ? words.save : words.next}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
