// The page's state and whoever shows it.
import { INITIAL_STATE } from '../components/app-state.ts';
import type { AppState, EnrollmentState, ModelState, StatsState } from '../components/app-state.ts';

export class Store {
  #state: AppState = INITIAL_STATE;
  readonly #show: (state: AppState) => void;

  constructor(show: (state: AppState) => void) {
    this.#show = show;
    show(this.#state);
  }

  get state(): AppState {
    return this.#state;
  }

  set(change: Partial<AppState>): void {
    this.#state = { ...this.#state, ...change };
    this.#show(this.#state);
  }

  setModel(change: Partial<ModelState>): void {
    this.set({ model: { ...this.#state.model, ...change } });
  }

  setEnrollment(change: Partial<EnrollmentState>): void {
    this.set({ enrollment: { ...this.#state.enrollment, ...change } });
  }

  setStats(change: Partial<StatsState>): void {
    this.set({ stats: { ...this.#state.stats, ...change } });
  }

  notice(text: string): void {
    if (!this.#state.notices.includes(text)) this.set({ notices: [...this.#state.notices, text] });
  }
}
