import { Skeleton } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { XmlDiffProps, XmlTextProps } from './xml-props.ts';

/**
 * A hook for a module that comes when it is first shown: CodeMirror is larger than all the rest of a page. It gives undefined
 * until the module is here, which later uses find it to be at once. Not `lazy` within `Suspense`: a boundary that mounts in a
 * transition, as every navigation of the router is, is at times not tried again when its module is there (seen with
 * React 19.3: the skeleton stays until something else renders).
 */
function lateModule<M>(load: () => Promise<M>): () => M | undefined {
  let here: M | undefined;
  return function useModule() {
    const [loaded, setLoaded] = useState(here);
    useEffect(() => {
      if (loaded !== undefined) return;
      let isWanted = true;
      load().then(
        (module) => {
          here = module;
          if (isWanted) setLoaded(module);
        },
        (error: unknown) =>
          setLoaded(() => {
            throw error;
          }),
      );
      return () => {
        isWanted = false;
      };
    }, [loaded]);
    return loaded;
  };
}

const useXmlModule = lateModule(() => import('./code-xml.tsx'));
const useDiffModule = lateModule(() => import('./code-diff.tsx'));

/** XML with its highlighting, line numbers and folding; editable, with faults marked where they are. */
export function XmlText(props: XmlTextProps) {
  const loaded = useXmlModule();
  return loaded === undefined ? <Skeleton h={240} /> : <loaded.CodeXml {...props} />;
}

/** What one document has that another has not, in one text: removed lines above those that came. */
export function XmlDiff(props: XmlDiffProps) {
  const loaded = useDiffModule();
  return loaded === undefined ? <Skeleton h={240} /> : <loaded.CodeDiff {...props} />;
}
