/** Who is signed in on this page. */
import { asApiError, type ApiError } from '../protocol/api_error';
import type { Rest } from '../protocol/rest';
import type { User } from '../protocol/shapes';
import { Store } from './store';

export type SessionState =
  | { readonly phase: 'starting' }
  | { readonly phase: 'unreachable'; readonly error: ApiError }
  /** `ended`: the server ended a login that this page was using. */
  | { readonly phase: 'signed_out'; readonly ended: boolean }
  /** `fresh`: signed in just now, so the login is not bound to this browser's key yet. */
  | { readonly phase: 'signed_in'; readonly user: User; readonly fresh: boolean };

const isOver = (error: ApiError) => error.status === 401;

export class Session {
  readonly state = new Store<SessionState>({ phase: 'starting' });
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  /** Finds out whether the cookie of an earlier visit still holds. */
  start = async (): Promise<void> => {
    // While trying again after a failure, what the page shows stays.
    if (this.state.get().phase !== 'unreachable') this.state.set({ phase: 'starting' });
    try {
      const { user } = await this.#rest.account();
      this.state.set({ phase: 'signed_in', user, fresh: false });
    } catch (thrown) {
      const error = asApiError(thrown);
      this.state.set(
        isOver(error) ? { phase: 'signed_out', ended: false } : { phase: 'unreachable', error },
      );
    }
  };

  /** The link was lost: perhaps because this login was ended. */
  verify = async (): Promise<void> => {
    try {
      await this.#rest.account();
    } catch (thrown) {
      if (isOver(asApiError(thrown))) this.ended();
    }
  };

  ended(): void {
    if (this.state.get().phase === 'signed_in')
      this.state.set({ phase: 'signed_out', ended: true });
  }

  register = async (username: string, password: string, invitation?: string): Promise<void> => {
    this.#enter((await this.#rest.register(username, password, invitation)).user);
  };

  login = async (username: string, password: string): Promise<void> => {
    this.#enter((await this.#rest.login(username, password)).user);
  };

  knock = async (name: string, invitation: string): Promise<void> => {
    this.#enter((await this.#rest.knock(name, invitation)).user);
  };

  setUp = async (token: string, username: string, password: string): Promise<void> => {
    this.#enter((await this.#rest.setup(token, username, password)).user);
  };

  logout = async (): Promise<void> => {
    try {
      await this.#rest.logout();
    } catch (thrown) {
      if (!isOver(asApiError(thrown))) throw thrown;
    }
    this.state.set({ phase: 'signed_out', ended: false });
  };

  deleteAccount = async (password: string): Promise<void> => {
    await this.#rest.deleteAccount(password);
    this.state.set({ phase: 'signed_out', ended: false });
  };

  #enter(user: User): void {
    this.state.set({ phase: 'signed_in', user, fresh: true });
  }
}
