/** Signing in at an identity provider: the code flow with PKCE (RFC 7636) of a public client. */

const PENDING = 'signing-in';

const base64url = (bytes) => btoa(String.fromCharCode(...bytes))
  .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

export class Provider {
  #offer;
  #refreshToken = null;

  constructor(offer) {
    this.#offer = offer;
  }

  /** The provider that the server names; null when it names none, or the page may not use PKCE. */
  static async offered() {
    const response = await fetch('/api/v1/sign-in', { cache: 'no-store' }).catch(() => null);
    return response?.status === 200 && globalThis.crypto?.subtle
      ? new Provider(await response.json()) : null;
  }

  /** Leaves the page for the provider's. */
  async begin() {
    const { authorization_endpoint: endpoint } = await this.#endpoints();
    const pending = { state: random(), verifier: random(), hash: location.hash };
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pending.verifier));
    sessionStorage.setItem(PENDING, JSON.stringify(pending));
    const url = new URL(endpoint);
    const { client_id, scope, audience } = this.#offer;
    for (const [name, value] of Object.entries({
      response_type: 'code', client_id, scope, redirect_uri: this.#here(), state: pending.state,
      code_challenge: base64url(new Uint8Array(digest)), code_challenge_method: 'S256',
      // Auth0 makes a token for an API only when it is named; the others pass it over.
      ...(audience ? { audience } : {}),
    })) {
      url.searchParams.set(name, value);
    }
    location.assign(url);
  }

  /**
   * The access token for the answer that the address carries, or null when it carries none.
   *
   * @throws Error with the provider's words
   */
  async finish() {
    const answer = new URLSearchParams(location.search);
    const pending = JSON.parse(sessionStorage.getItem(PENDING));
    if (!pending || !answer.has('state')) {
      return null;
    }
    sessionStorage.removeItem(PENDING);
    history.replaceState(null, '', location.pathname + pending.hash);
    // RFC 9207: an answer of another provider is none of ours.
    if (answer.get('state') !== pending.state || (answer.get('iss') ?? this.#offer.issuer) !== this.#offer.issuer) {
      throw new Error('state');
    }
    if (answer.has('error')) {
      throw new Error(answer.get('error_description') ?? answer.get('error'));
    }
    return this.#token({
      grant_type: 'authorization_code', code: answer.get('code'), redirect_uri: this.#here(),
      code_verifier: pending.verifier,
    });
  }

  /** A new access token, or null when the provider gave nothing to get one by. */
  async renew() {
    return this.#refreshToken && this.#token({ grant_type: 'refresh_token', refresh_token: this.#refreshToken });
  }

  async #token(parameters) {
    const { token_endpoint: endpoint } = await this.#endpoints();
    const response = await fetch(endpoint, {
      method: 'POST', body: new URLSearchParams({ client_id: this.#offer.client_id, ...parameters }),
    });
    const answer = await response.json();
    if (!response.ok) {
      throw new Error(answer.error_description ?? answer.error);
    }
    // In memory only: what lives for long must not lie in a storage.
    this.#refreshToken = answer.refresh_token ?? this.#refreshToken;
    return answer.access_token;
  }

  async #endpoints() {
    const { issuer } = this.#offer;
    const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const found = await response.json();
    if (found.issuer !== issuer) {
      throw new Error(`issuer ${found.issuer}`);
    }
    return found;
  }

  #here() {
    return location.origin + location.pathname;
  }
}
