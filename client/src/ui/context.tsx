/** The model, where views reach it. */
import { createContext, use, useCallback, useState, useSyncExternalStore } from 'react';
import { asApiError, type ApiError } from '../protocol/api_error';
import type { Mesh } from '../model/mesh';
import type { Store } from '../model/store';
import type { Workspace } from '../model/workspace';

export const MeshContext = createContext<Mesh | null>(null);
export const WorkspaceContext = createContext<Workspace | null>(null);

export function useMesh(): Mesh {
  const mesh = use(MeshContext);
  if (!mesh) throw new Error('MeshContext is missing');
  return mesh;
}

export function useWorkspace(): Workspace {
  const workspace = use(WorkspaceContext);
  if (!workspace) throw new Error('WorkspaceContext is missing');
  return workspace;
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

export interface Action<A extends unknown[]> {
  readonly busy: boolean;
  readonly error: ApiError | null;
  readonly run: (...input: A) => Promise<void>;
  readonly clear: () => void;
}

/** Work that a button starts: one at a time, and its failure is kept for the screen. */
export function useAction<A extends unknown[]>(work: (...input: A) => Promise<void>): Action<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = async (...input: A) => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await work(...input);
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy(false);
    }
  };
  const clear = useCallback(() => {
    setError(null);
  }, []);
  return { busy, error, run, clear };
}
