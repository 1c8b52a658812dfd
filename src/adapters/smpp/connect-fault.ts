const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens at that port',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ECONNRESET: 'the connection was cut while it was made',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself, and no authority to trust says otherwise',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate goes back to an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified: certificates between are missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate goes back to an authority that is not trusted',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** Why there is no connection to an SMSC: in plain words where they are known, and in the system's. */
export function sayConnectFault(
  { host, port }: { readonly host: string; readonly port: number },
  error: unknown,
): string {
  const said = error instanceof Error ? error.message : String(error);
  const meaning = MEANINGS[(error as { code?: string } | null)?.code ?? ''];
  return `no connection to ${host}:${port}: ${meaning === undefined ? said : `${meaning} (${said})`}`;
}
