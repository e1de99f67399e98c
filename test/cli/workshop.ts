import { ReplicaProcess, WorkFolder } from './replica-process.js';

/** The folders and processes of a file's tests. */
export class Workshop {
  readonly #folders: WorkFolder[] = [];
  readonly #processes: ReplicaProcess[] = [];

  /** A fresh, empty folder. */
  folder(): string {
    const folder = new WorkFolder();
    this.#folders.push(folder);
    return folder.path;
  }

  /** Runs the program as `npm start` does. */
  main(cwd: string, env: Record<string, string>, args: readonly string[] = []): ReplicaProcess {
    return this.#run(new ReplicaProcess('main', args, cwd, env));
  }

  /** Runs the binary. */
  command(cwd: string, env: Record<string, string>, args: readonly string[]): ReplicaProcess {
    return this.#run(new ReplicaProcess('cli/gemini-proxy', args, cwd, env));
  }

  /** Ends what a failed test left; gracefully, so that no database stays behind. */
  async stopAll(): Promise<void> {
    await Promise.all(this.#processes.splice(0).map((process) => process.stop('SIGTERM')));
  }

  clean(): void {
    for (const folder of this.#folders.splice(0)) folder.remove();
  }

  #run(process: ReplicaProcess): ReplicaProcess {
    this.#processes.push(process);
    return process;
  }
}
