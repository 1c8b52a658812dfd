/** The REST API as scripts, tests and benchmarks call it. */
export class ApiClient {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  get<T>(path: string): Promise<T> {
    return this.#call<T>('GET', path);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.#call<T>('POST', path, JSON.stringify(body), 'application/json');
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.#call<T>('PATCH', path, JSON.stringify(body), 'application/json');
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#call<T>('PUT', path, JSON.stringify(body), 'application/json');
  }

  upload<T>(path: string, xml: Uint8Array): Promise<T> {
    return this.#call<T>('POST', path, xml, 'application/xml');
  }

  /** @throws Error with the problem's own words when the answer is none of 2xx */
  async #call<T>(method: string, path: string, body?: string | Uint8Array, type?: string): Promise<T> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.#token}`, ...(type !== undefined && { 'Content-Type': type }) },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

export interface DeliveryReport {
  readonly id: string;
  readonly state: 'queued' | 'triggered' | 'delivering' | 'succeeded' | 'failed' | 'expired' | 'cancelled';
  readonly progress: { readonly done: number; readonly total: number };
  readonly failure?: { readonly code: string; readonly message: string };
  readonly results: readonly {
    readonly path: readonly number[];
    readonly item: number;
    readonly command: string;
    readonly locUri: string;
    readonly status?: number;
    readonly data?: string;
    readonly format?: string;
    readonly type?: string;
    readonly execOutcome?: {
      readonly state: 'pending' | 'reported';
      readonly correlator: string;
      readonly data?: string;
    };
  }[];
}

const FINAL = new Set(['succeeded', 'failed', 'expired', 'cancelled']);

/** Asks for a delivery until it has ended. @throws Error when that takes too long */
export async function endOfDelivery(api: ApiClient, id: string, withinMs = 30_000): Promise<DeliveryReport> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    const delivery = await api.get<DeliveryReport>(`/api/v1/deliveries/${id}`);
    if (FINAL.has(delivery.state)) return delivery;
    if (Date.now() > giveUpAt) throw new Error(`delivery ${id} is still ${delivery.state} after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
