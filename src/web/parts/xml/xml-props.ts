/** Something that is wrong at a place of a document. */
export interface XmlFault {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly reason: string;
}

export interface XmlTextProps {
  /** What it is, for those who listen. */
  readonly label: string;
  readonly value: string;
  /** Left out, it is to be read only. */
  readonly onChange?: (value: string) => void;
  readonly faults?: readonly XmlFault[];
  /** A new object takes the cursor there. */
  readonly goTo?: Pick<XmlFault, 'line' | 'column'> | undefined;
  /** Begins as high as something is to be typed into. */
  readonly isTall?: boolean;
}

export interface XmlDiffProps {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}
