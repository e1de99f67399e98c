/** For whom an upstream answer means something. */
export type VerdictScope =
  | 'request'
  | 'routing'
  | 'key'
  | 'project'
  | 'billing_account'
  | 'bucket'
  | 'model'
  | 'upstream';
