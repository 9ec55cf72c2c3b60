import { t } from './i18n.js';

/** The HTTP API, and what its problems say. */

/** A problem document, or a network that does not answer (status 0). */
export class ApiProblem extends Error {
  constructor(status, problem) {
    super(problem?.detail || problem?.title || `HTTP ${status}`);
    this.status = status;
    this.field = problem?.field ?? null;
  }
}

/** Calls under `/api/v1` with a bearer token. */
export class Api {
  /**
   * @param {() => string} token
   * @param {() => void} onUnauthenticated called when the token no longer counts
   */
  constructor(token, onUnauthenticated) {
    this.token = token;
    this.onUnauthenticated = onUnauthenticated;
  }

  get(path) {
    return this.call('GET', path);
  }

  post(path, body, headers = {}) {
    return this.call('POST', path, body, headers);
  }

  async call(method, path, body, headers = {}) {
    const token = this.token();
    let response;
    try {
      response = await fetch(`/api/v1${path}`, {
        method,
        cache: 'no-store',
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch {
      // Whether the request came to the server is not known.
      throw new ApiProblem(0, { detail: t('noAnswer') });
    }
    const text = await response.text();
    let json = null;
    try {
      json = text === '' ? null : JSON.parse(text);
    } catch {
      // A proxy's page, not ours.
    }
    if (!response.ok) {
      if (response.status === 401 && token === this.token()) {
        this.onUnauthenticated();
      }
      throw new ApiProblem(response.status, json);
    }
    return json;
  }
}

/** The claims of a JWT, unverified: for showing only. Null when it is none. */
export function claims(token) {
  try {
    const part = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

/** A key that makes a repeated request start one batch only. (randomUUID needs HTTPS.) */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
