import { csrfHeader } from '../../api/client.ts';
import { ApiProblem, ConnectionLost, type ProblemDocument } from '../../api/problem.ts';
import type { DeviceImport } from './queries.ts';

/**
 * Sends a file of devices. Not by `fetch`, which does not say how much of a body is gone.
 * @param tell gets the share that is sent, 0 to 1
 * @throws ApiProblem, ConnectionLost
 */
export function sendFile(
  file: File,
  policy: DeviceImport['policy'],
  tell: (share: number) => void,
): Promise<DeviceImport> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/devices/import?${new URLSearchParams({ policy })}`);
    const name = file.name.toLowerCase();
    const isCsv = /\.csv(\.gz)?$/.test(name) || file.type === 'text/csv';
    request.setRequestHeader('Content-Type', isCsv ? 'text/csv' : 'application/x-ndjson');
    if (name.endsWith('.gz')) request.setRequestHeader('Content-Encoding', 'gzip');
    for (const [header, value] of Object.entries(csrfHeader())) request.setRequestHeader(header, value);
    request.upload.onprogress = ({ loaded, total }) => tell(total === 0 ? 1 : loaded / total);
    request.onerror = () => reject(new ConnectionLost('The file did not arrive.'));
    request.onload = () => {
      try {
        const answer: unknown = JSON.parse(request.responseText);
        if (request.status === 202) resolve(answer as DeviceImport);
        else reject(new ApiProblem(answer as ProblemDocument));
      } catch {
        reject(new ConnectionLost(`The server is not there (${request.status}).`));
      }
    };
    request.send(file);
  });
}
