#!/bin/sh
# policy-rc.d - packages that are installed or removed on a lab host start and stop
# nothing by themselves; `service` does, when somebody asks for it.
exit 101
