// CommonJS packages require Nest; under jest that works only when Nest has been loaded whole before them.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
