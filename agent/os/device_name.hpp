// The readable name that a machine gets when its owner chose none.
#pragma once
#include <string>
#include <string_view>

namespace mesh::os {

// "Ana's Laptop.local" -> "ana-s-laptop": the first label, lower case, everything else as one dash; "device"
// when nothing is left. Always a valid device_id.
std::string device_id_of_hostname(std::string_view hostname);

// device_id_of_hostname of this machine.
std::string default_device_id();

}  // namespace mesh::os
