import { TagsInput, type TagsInputProps } from '@mantine/core';

/** What lists of tags are separated by elsewhere is in none of them. */
const SEPARATORS = [',', ';', '|'];

/** Tags, each of which ends with Enter, a comma or going away; blanks around them are not theirs. */
export function TagsField({ onChange, ...props }: TagsInputProps) {
  return (
    <TagsInput
      splitChars={SEPARATORS}
      acceptValueOnBlur
      onChange={(tags) => onChange?.([...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))])}
      {...props}
    />
  );
}
