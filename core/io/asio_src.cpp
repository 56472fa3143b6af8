// Asio compiled once; everybody else includes declarations only.
#include <boost/asio/impl/src.hpp>
