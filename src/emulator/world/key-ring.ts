import type { CheckedScenario } from '../scenario/scenario.schema.js';
import type { KeyState } from './key-state.js';
import type { Project } from './project.js';
import { QuotaBook } from './quota-book.js';
import { hash } from './seeded.js';

/** A key that the emulator knows, with its project. */
export interface Account {
  readonly id: string;
  readonly key: string;
  readonly project: Project;
  state: KeyState;
}

type ProjectPlan = Partial<CheckedScenario['projects'][number]> & { readonly id: string };

/** The keys and projects of a scenario. While it is open, an unknown key becomes a project of its own. */
export class KeyRing {
  private readonly byKey = new Map<string, Account>();
  private readonly projects = new Map<string, Project>();

  constructor(private readonly scenario: CheckedScenario) {
    for (const project of scenario.projects) this.addProject(project);
    for (const { id, key, project, state } of scenario.keys) {
      this.byKey.set(key, { id, key, project: this.projects.get(project ?? id) ?? this.addProject({ id }), state });
    }
  }

  /** The account of a key; undefined when nobody ever issued it. */
  find(key: string): Account | undefined {
    return this.byKey.get(key) ?? (this.isOpen() ? this.adopt(key) : undefined);
  }

  /** Changes what is wrong with a key, named by its id or by itself; throws when there is no such key. */
  setState(idOrKey: string, state: KeyState): void {
    const account = [...this.byKey.values()].find(({ id }) => id === idOrKey) ?? this.find(idOrKey);
    if (account === undefined) throw new Error('no such key in the scenario: name one by its id, or open the scenario');
    account.state = state;
  }

  /** Changes what is wrong with a project; throws when there is no such project. */
  setProjectState(id: string, state: KeyState): void {
    const project = this.projects.get(id);
    if (project === undefined) throw new Error(`no project "${id}" in the scenario`);
    project.state = state;
  }

  private isOpen(): boolean {
    return this.scenario.open ?? this.scenario.keys.length === 0;
  }

  private adopt(key: string): Account {
    const account: Account = { id: key, key, project: this.addProject({ id: key }), state: 'ok' };
    this.byKey.set(key, account);
    return account;
  }

  private addProject(plan: ProjectPlan): Project {
    const project: Project = {
      id: plan.id,
      number: plan.number ?? String(100_000_000_000 + hash(plan.id, this.scenario.seed)),
      quotas: new QuotaBook(plan.tier ?? 'free', plan.quotas ?? this.scenario.quotas),
      state: plan.state ?? 'ok',
    };
    this.projects.set(plan.id, project);
    return project;
  }
}
