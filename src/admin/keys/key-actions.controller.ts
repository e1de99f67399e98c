import { Body, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse } from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import { Allow } from '../../auth/allow.decorator.js';
import type { Principal } from '../../kernel/principal.js';
import { Caller } from '../transport/caller.decorator.js';
import { ControlPlaneController } from '../transport/control-plane-controller.decorator.js';
import type { Plain } from '../transport/plain.js';
import { NewSecretDto, ProbedKeyDto } from './key-changes.dto.js';
import { KeyDto } from './key.dto.js';
import { KeysService } from './keys.service.js';

@ControlPlaneController('api/keys/:id', 'keys')
export class KeyActionsController {
  constructor(private readonly keys: KeysService) {}

  /** Puts the key in use: a version of the configuration. */
  @Post('enable')
  @Allow('keys:write')
  @Audited('KeyEvent')
  @HttpCode(200)
  @ApiOkResponse({ type: KeyDto })
  enable(@Param('id') id: string, @Caller() { id: actor }: Principal): Promise<Plain<KeyDto>> {
    return this.keys.change(id, { enabled: true }, actor);
  }

  /** Takes the key out of use: a version of the configuration. Calls under way with it finish. */
  @Post('disable')
  @Allow('keys:write')
  @Audited('KeyEvent')
  @HttpCode(200)
  @ApiOkResponse({ type: KeyDto })
  disable(@Param('id') id: string, @Caller() { id: actor }: Principal): Promise<Plain<KeyDto>> {
    return this.keys.change(id, { enabled: false }, actor);
  }

  /** Ends every rest of the key, its project, its billing account and its quotas; calls may try it again at once. */
  @Post('reset')
  @Allow('keys:write')
  @Audited('KeyEvent')
  @HttpCode(200)
  @ApiOkResponse({ type: KeyDto })
  reset(@Param('id') id: string): Plain<KeyDto> {
    return this.keys.reset(id);
  }

  /** Asks Google whether it takes the key, without spending paid tokens; a quarantine ends when it does. */
  @Post('probe')
  @Allow('keys:write')
  @Audited('KeyEvent')
  @HttpCode(200)
  @ApiOkResponse({ type: ProbedKeyDto })
  probe(@Param('id') id: string): Promise<Plain<ProbedKeyDto>> {
    return this.keys.probe(id);
  }

  /**
   * Replaces the secret in place, once Google takes the new one: by the key in the body, or without one by a new key of
   * gemini.rotation.provider, which can take minutes. Calls under way finish with the old secret.
   */
  @Post('rotate')
  @Allow('keys:write')
  @Audited('KeyEvent')
  @HttpCode(200)
  @ApiBody({ type: NewSecretDto, required: false })
  @ApiOkResponse({ type: KeyDto })
  rotate(@Param('id') id: string, @Body() body: NewSecretDto): Promise<Plain<KeyDto>> {
    return this.keys.rotate(id, body);
  }
}
