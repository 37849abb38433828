#!/bin/sh
# A suite with one of each result but a failure.
echo 'ok one'
echo 'ok two'
echo 'skip three - it needs a moon'
