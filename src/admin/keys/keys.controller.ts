import { Body, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import { Allow } from '../../auth/allow.decorator.js';
import type { ConfigDocument } from '../../config/document/config-document.js';
import type { Principal } from '../../kernel/principal.js';
import { Caller } from '../transport/caller.decorator.js';
import { ControlPlaneController } from '../transport/control-plane-controller.decorator.js';
import type { Plain } from '../transport/plain.js';
import { KEY_ENTRY_SCHEMA, KEY_PATCH_SCHEMA } from './key-entry.schema.js';
import { KeyQuotaDto } from './key-quota.dto.js';
import { KeyDto, KeyListDto } from './key.dto.js';
import { KeyViews } from './key-views.js';
import { KeysService } from './keys.service.js';

@ControlPlaneController('api/keys', 'keys')
export class KeysController {
  constructor(
    private readonly views: KeyViews,
    private readonly keys: KeysService,
  ) {}

  /** Every key: how it is configured and how it is. */
  @Get()
  @Allow('keys:read')
  @ApiOkResponse({ type: KeyListDto })
  list(): Plain<KeyListDto> {
    return this.views.list();
  }

  @Get(':id')
  @Allow('keys:read')
  @ApiOkResponse({ type: KeyDto })
  get(@Param('id') id: string): Plain<KeyDto> {
    return this.views.get(id);
  }

  /** What calls have used of the quota of the key's project, as this replica knows it. */
  @Get(':id/quota')
  @Allow('keys:read')
  @ApiOkResponse({ type: KeyQuotaDto })
  quota(@Param('id') id: string): Plain<KeyQuotaDto> {
    return this.views.quota(id);
  }

  /** Adds a key: a version of the configuration. */
  @Post()
  @Allow('keys:write')
  @Audited('KeyEvent')
  @ApiBody({ schema: KEY_ENTRY_SCHEMA })
  @ApiCreatedResponse({ type: KeyDto })
  add(@Body() entry: ConfigDocument = {}, @Caller() { id: actor }: Principal): Promise<Plain<KeyDto>> {
    return this.keys.add(entry, actor);
  }

  /** Changes what the body names (JSON merge patch): a version of the configuration. */
  @Patch(':id')
  @Allow('keys:write')
  @Audited('KeyEvent')
  @ApiBody({ schema: KEY_PATCH_SCHEMA })
  @ApiOkResponse({ type: KeyDto })
  change(
    @Param('id') id: string,
    @Body() patch: ConfigDocument = {},
    @Caller() { id: actor }: Principal,
  ): Promise<Plain<KeyDto>> {
    return this.keys.change(id, patch, actor);
  }

  /** Removes a key: a version of the configuration. Calls under way with it finish. */
  @Delete(':id')
  @Allow('keys:write')
  @Audited('KeyEvent')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@Param('id') id: string, @Caller() { id: actor }: Principal): Promise<void> {
    return this.keys.remove(id, actor);
  }
}
