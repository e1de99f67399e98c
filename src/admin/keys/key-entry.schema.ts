import type { ApiBodyOptions } from '@nestjs/swagger';
import { configJsonSchema } from '../../config/json-schema.js';
import { valueAt } from '../../config/option-path.js';

type BodySchema = Extract<ApiBodyOptions, { readonly schema: unknown }>['schema'];

const ENTRY = ['properties', 'gemini', 'properties', 'api_keys', 'items'];

/** An entry of gemini.api_keys, as the configuration has it: its rules alone decide what is valid. */
export const KEY_ENTRY_SCHEMA = valueAt(configJsonSchema(), ENTRY) as BodySchema;

/** What a change of an entry may name: each option, and none that it must. */
export const KEY_PATCH_SCHEMA: BodySchema = { ...KEY_ENTRY_SCHEMA, required: [] };
