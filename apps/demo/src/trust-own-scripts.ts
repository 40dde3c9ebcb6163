type TrustedTypes = {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): unknown;
};

/**
 * Where the page is served with Trusted Types, lets workers be started from its own site, and from nowhere else:
 * without that, the page would have to compute by itself, and would keep no copy for when there is no connection.
 */
export function trustOwnScripts(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  try {
    trustedTypes?.createPolicy('default', {
      createScriptURL(address) {
        if (new URL(address, location.href).origin === location.origin) return address;
        throw new TypeError(`${address} is no script of this site`);
      },
    });
  } catch (error) {
    console.warn('no worker under this policy:', error); // it must name `trusted-types default`
  }
}
