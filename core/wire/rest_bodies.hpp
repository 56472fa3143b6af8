// Every REST body in one include, for code that speaks the whole API.
#pragma once
#include "core/wire/account_bodies.hpp"
#include "core/wire/device_bodies.hpp"
#include "core/wire/p2p_bodies.hpp"
#include "core/wire/room_bodies.hpp"
#include "core/wire/terminal_bodies.hpp"
