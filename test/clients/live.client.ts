/** What the tests read of a message of a Live session. */
export interface LiveMessage {
  readonly setupComplete?: unknown;
  readonly serverContent?: {
    readonly modelTurn?: { readonly parts?: readonly { readonly text?: string }[] };
    readonly turnComplete?: boolean;
  };
  readonly toolCall?: { readonly functionCalls?: readonly { readonly id?: string; readonly name?: string }[] };
  readonly sessionResumptionUpdate?: { readonly newHandle?: string };
  readonly usageMetadata?: { readonly totalTokenCount?: number };
}

/** How a Live session ended. */
export interface LiveClose {
  readonly code: number;
  readonly reason: string;
}

/** The callbacks of one Live session, and what they were told. */
export class LiveInbox {
  readonly messages: LiveMessage[] = [];
  readonly errors: string[] = [];
  /** Resolves when the session has ended. */
  readonly closed: Promise<LiveClose>;
  readonly callbacks: {
    onmessage: (message: LiveMessage) => void;
    onerror: (event: { message: string }) => void;
    onclose: (event: LiveClose) => void;
  };
  #wake: () => void = () => undefined;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<LiveClose>();
    this.closed = promise;
    this.callbacks = {
      onmessage: (message) => {
        this.messages.push(message);
        this.#wake();
      },
      onerror: ({ message }) => this.errors.push(message),
      onclose: ({ code, reason }) => {
        resolve({ code, reason });
      },
    };
  }

  /** The first message, come or to come, that has what is looked for. */
  async first(has: (message: LiveMessage) => unknown): Promise<LiveMessage> {
    for (;;) {
      const found = this.messages.find((message) => Boolean(has(message)));
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Text of all model turns so far. */
  get text(): string {
    const parts = this.messages.flatMap(({ serverContent }) => serverContent?.modelTurn?.parts ?? []);
    return parts.map(({ text }) => text ?? '').join('');
  }
}
