import { Button, Stack } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { type ReactNode, useEffect, useId, useState } from 'react';
import { Icon } from '../../parts/icon.tsx';
import { texts } from '../../texts.ts';

/** What few need, folded away. It opens by itself for a fault in it, and when something was chosen in it before. */
export function MoreOptions({
  errors,
  fields,
  isOpen = false,
  children,
}: {
  readonly errors: UseFormReturnType<object>['errors'];
  /** Its fields, or what their names begin with. */
  readonly fields: readonly string[];
  readonly isOpen?: boolean;
  readonly children: ReactNode;
}) {
  const id = useId();
  const [isUnfolded, setUnfolded] = useState(isOpen);
  const isFaulty = Object.keys(errors).some((path) => fields.some((one) => path === one || path.startsWith(`${one}.`)));
  useEffect(() => {
    if (isFaulty) setUnfolded(true);
  }, [isFaulty]);
  return (
    <div>
      <Button
        variant="subtle"
        size="compact-sm"
        ml={-8}
        aria-expanded={isUnfolded}
        aria-controls={id}
        leftSection={
          <span className={isUnfolded ? 'unfolded' : 'folded'}>
            <Icon name="chevron" size={14} />
          </span>
        }
        onClick={() => setUnfolded(!isUnfolded)}
      >
        {texts.campaigns.wizard.more}
      </Button>
      {/* They stay, so that a fault finds its field. */}
      <div id={id} hidden={!isUnfolded}>
        <Stack mt="sm">{children}</Stack>
      </div>
    </div>
  );
}
