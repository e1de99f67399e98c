/** The data of a DTO: what a handler returns needs the fields, not the class that documents them. */
export type Plain<T> = { readonly [K in keyof T]: T[K] };
