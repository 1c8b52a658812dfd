import { Skeleton } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { XmlDiffProps, XmlTextProps } from './xml-props.ts';

const loadXml = () => import('./code-xml.tsx');
const loadDiff = () => import('./code-diff.tsx');

/** What is loaded when it is first shown; undefined until it is here. */
function useLoaded<M>(load: () => Promise<M>): M | undefined {
  const [loaded, setLoaded] = useState<M>();
  useEffect(() => {
    let isWanted = true;
    load().then(
      (module) => isWanted && setLoaded(module),
      (error: unknown) =>
        setLoaded(() => {
          throw error;
        }),
    );
    return () => {
      isWanted = false;
    };
  }, [load]);
  return loaded;
}

/** XML with its highlighting, line numbers and folding; editable, with faults marked where they are. */
export function XmlText(props: XmlTextProps) {
  const loaded = useLoaded(loadXml);
  return loaded === undefined ? <Skeleton h={240} /> : <loaded.CodeXml {...props} />;
}

/** What one document has that another has not, in one text: removed lines above those that came. */
export function XmlDiff(props: XmlDiffProps) {
  const loaded = useLoaded(loadDiff);
  return loaded === undefined ? <Skeleton h={240} /> : <loaded.CodeDiff {...props} />;
}
