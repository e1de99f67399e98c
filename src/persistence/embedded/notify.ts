/** Tells the operator what the embedded database does by itself; the text never holds a secret. */
export type Notify = (level: 'info' | 'warn', text: string) => void;
