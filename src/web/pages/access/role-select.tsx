import { Select, type SelectProps } from '@mantine/core';
import { texts } from '../../texts.ts';

const ROLES = (['viewer', 'operator', 'admin'] as const).map((value) => ({
  value,
  label: `${texts.shell.roles[value]}: ${texts.access.roleHint[value]}`,
}));

/** One of the three roles, each with what it may do. */
export function RoleSelect(props: SelectProps) {
  return <Select data={ROLES} allowDeselect={false} {...props} />;
}
